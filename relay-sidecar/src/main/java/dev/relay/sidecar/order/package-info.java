/** Orders, fills and positions of one account: plain code behind seams, owned by the thread "orders". */
@NullMarked
package dev.relay.sidecar.order;

import org.jspecify.annotations.NullMarked;
