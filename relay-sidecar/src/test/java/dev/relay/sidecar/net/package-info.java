@NullMarked
package dev.relay.sidecar.net;

import org.jspecify.annotations.NullMarked;
