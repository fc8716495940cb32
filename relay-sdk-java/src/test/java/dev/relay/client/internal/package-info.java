@NullMarked
package dev.relay.client.internal;

import org.jspecify.annotations.NullMarked;
