/** Decisions of groups: proposals, votes, rules. A desk of the bus; core thread only. */
@NullMarked
package dev.relay.daemon.proposal;

import org.jspecify.annotations.NullMarked;
