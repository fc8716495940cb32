package dev.relay.exchange.api;

import dev.relay.exchange.engine.Order;
import dev.relay.exchange.market.Venue;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Requests about orders and the faults that may happen to each, in whichever venue's words the request came: done or not,
 * answered or not. Where the sender shall not hear the truth it gets {@link NoAnswer} or a refusal that says nothing of the
 * outcome. A fault that waits for a request which is refused anyway waits for the next. Exchange loop only.
 */
public final class FaultedCalls {
    private final Venue venue;
    private final Faults faults;

    public FaultedCalls(Venue venue, Faults faults) {
        this.venue = venue;
        this.faults = faults;
    }

    /**
     * A write.
     *
     * @param target the order that it is about; null for a new one and where there is none
     * @param asAccepted what the answer was when the order was accepted
     */
    public <T> T write(
            Operation operation, Supplier<@Nullable Order> target, Supplier<T> write, UnaryOperator<T> asAccepted) {
        OrderFault fault = faults.peekOrder(operation);
        if (fault == null) {
            return write.get();
        }
        if (!fault.isDone()) {
            faults.takeOrder(operation);
            throw fault.outcome();
        }
        fillFirst(fault, operation, target);
        T answer = write.get();
        faults.takeOrder(operation);
        if (fault.hasOutcome()) {
            throw fault.outcome();
        }
        return fault == OrderFault.STALE_ANSWER ? asAccepted.apply(answer) : answer;
    }

    /** A question for one order. */
    public <T> T question(Supplier<T> question, UnaryOperator<T> asAccepted) {
        OrderFault fault = faults.takeOrder(Operation.ORDER);
        if (fault == OrderFault.NOT_FOUND) {
            throw fault.outcome();
        }
        T answer = question.get();
        return fault == OrderFault.STALE_ANSWER ? asAccepted.apply(answer) : answer;
    }

    /** The race that a cancel or an amend can lose: the order trades a moment before. */
    private void fillFirst(OrderFault fault, Operation operation, Supplier<@Nullable Order> target) {
        if (fault != OrderFault.FILLED_FIRST && fault != OrderFault.PARTLY_FILLED_FIRST) {
            return;
        }
        faults.takeOrder(operation);
        Order order = target.get();
        if (order != null && order.isResting()) {
            venue.hit(order, fault == OrderFault.FILLED_FIRST ? order.leavesQty() : half(order));
        }
    }

    private long half(Order order) {
        long step = venue.market(order.symbol()).spec().stepSize();
        return Math.max(step, order.leavesQty() / 2 / step * step);
    }
}
