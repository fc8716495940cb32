/** Short torture runs, and the load cases, against real processes. */
@NullMarked
package dev.relay.cli.torture;

import org.jspecify.annotations.NullMarked;
