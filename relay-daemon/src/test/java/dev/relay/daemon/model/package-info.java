/** An exhaustive search over a small model of the delivery rules R1 to R9: test code only, no product class takes part. */
@NullMarked
package dev.relay.daemon.model;

import org.jspecify.annotations.NullMarked;
