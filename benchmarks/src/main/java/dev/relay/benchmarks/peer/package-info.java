/** Other message systems under the load of {@code relay bench --peer}, by their own clients, each end a process. */
@NullMarked
package dev.relay.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
