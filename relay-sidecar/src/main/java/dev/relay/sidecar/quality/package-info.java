/** The last look at a book before readers get it. */
@NullMarked
package dev.relay.sidecar.quality;

import org.jspecify.annotations.NullMarked;
