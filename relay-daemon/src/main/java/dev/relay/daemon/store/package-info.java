/** What survives: batches, marks, floors, dead letters. JDBC lives here and nowhere else. */
@NullMarked
package dev.relay.daemon.store;

import org.jspecify.annotations.NullMarked;
