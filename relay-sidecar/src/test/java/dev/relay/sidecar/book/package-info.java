@NullMarked
package dev.relay.sidecar.book;

import org.jspecify.annotations.NullMarked;
