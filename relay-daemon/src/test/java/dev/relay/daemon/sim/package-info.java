/** The whole bus on one thread in virtual time, with faults by seed. */
@NullMarked
package dev.relay.daemon.sim;

import org.jspecify.annotations.NullMarked;
