/** Feed and exchange in one process, on one thread, in virtual time. */
@NullMarked
package dev.relay.sidecar.simulation;

import org.jspecify.annotations.NullMarked;
