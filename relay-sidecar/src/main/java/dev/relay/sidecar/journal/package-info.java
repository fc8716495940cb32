/** The sidecar's journal: one SQLite file, one writer thread, the authority for orders, fills and the kill switch. */
@NullMarked
package dev.relay.sidecar.journal;

import org.jspecify.annotations.NullMarked;
