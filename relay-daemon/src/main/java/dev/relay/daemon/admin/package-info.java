/** The loopback HTTP side: metrics, health, dead letters. Runs on its own thread and reads published snapshots. */
@NullMarked
package dev.relay.daemon.admin;

import org.jspecify.annotations.NullMarked;
