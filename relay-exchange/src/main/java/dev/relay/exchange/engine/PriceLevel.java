package dev.relay.exchange.engine;

import org.jspecify.annotations.Nullable;

/** All resting orders at one price, oldest first. Adding and removing are constant time through the order's links. */
final class PriceLevel {
    final long price;
    long qty;

    @Nullable
    Order first;

    @Nullable
    Order last;

    PriceLevel(long price) {
        this.price = price;
    }

    void append(Order order) {
        order.level = this;
        order.previous = last;
        if (last == null) {
            first = order;
        } else {
            last.next = order;
        }
        last = order;
        qty += order.leavesQty();
    }

    /** Takes the order out; its unfilled rest leaves the level's quantity. */
    void remove(Order order) {
        Order before = order.previous;
        Order after = order.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        order.level = null;
        order.previous = null;
        order.next = null;
        qty -= order.leavesQty();
    }

    boolean isEmpty() {
        return first == null;
    }
}
