/** Budgets of requests: the venue's windows and bans, and each agent's share. Plain code. */
@NullMarked
package dev.relay.sidecar.limit;

import org.jspecify.annotations.NullMarked;
