package dev.relay.exchange.stream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.api.DepthFault;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.engine.OrderBook;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of one symbol's depth events to the subscribers, on which faults happen to them. Exchange loop only; at most one
 * event is held back for reordering and one for delay at a time, a further one goes out at once.
 */
final class DepthWire {
    private static final int LATE_EVENTS = 5;

    private final Consumer<byte[]> out;
    private final Queue<byte[]> held = new ArrayDeque<>();
    private byte @Nullable [] late;
    private int lateIn;

    DepthWire(Consumer<byte[]> out) {
        this.out = out;
    }

    void send(ObjectNode event, @Nullable DepthFault fault, OrderBook book) {
        if (fault == null) {
            carry(Json.write(event), null);
            return;
        }
        ObjectNode told = switch (fault) {
            case CROSSED -> crossed(event, book);
            case EMPTY_SIDE -> emptied(event, book);
            case HUGE_NUMBER -> huge(event);
            case UNKNOWN_FIELD -> strange(event);
            case GAP, DUPLICATE, REORDER, LATE, BROKEN -> event;
        };
        carry(Json.write(told), fault);
    }

    /** Carries a text; faults of what it says have been done to it already. */
    void carry(byte[] text, @Nullable DepthFault fault) {
        if (fault == null) {
            pass(text);
            return;
        }
        switch (fault) {
            case GAP -> {}
            case DUPLICATE -> {
                pass(text);
                out.accept(text);
            }
            case REORDER -> held.add(text);
            case LATE -> {
                if (late != null) {
                    out.accept(late);
                }
                late = text;
                lateIn = LATE_EVENTS;
            }
            case BROKEN -> pass(Arrays.copyOf(text, text.length / 2));
            case CROSSED, EMPTY_SIDE, HUGE_NUMBER, UNKNOWN_FIELD -> pass(text);
        }
    }

    private void pass(byte[] text) {
        out.accept(text);
        while (!held.isEmpty()) {
            out.accept(held.remove());
        }
        byte[] delayed = late;
        if (delayed != null && --lateIn == 0) {
            late = null;
            out.accept(delayed);
        }
    }

    private static ObjectNode crossed(ObjectNode event, OrderBook book) {
        long price = book.bestPrice(Side.SELL) + Scaled.ONE;
        event.withArray("b").addArray().add(Scaled.format(price)).add("1.00000000");
        return event;
    }

    private static ObjectNode emptied(ObjectNode event, OrderBook book) {
        book.forEachLevel(
                Side.BUY,
                Integer.MAX_VALUE,
                (price, qty) -> event.withArray("b")
                        .addArray()
                        .add(Scaled.format(price))
                        .add("0.00000000"));
        return event;
    }

    private static ObjectNode huge(ObjectNode event) {
        event.withArray("b").addArray().add("9".repeat(25)).add("0." + "1".repeat(25));
        return event;
    }

    private static ObjectNode strange(ObjectNode event) {
        event.putObject("zz").putArray("b").addArray().add("1").add("2");
        return event.put("x-note", "a \"quoted\" \\ text");
    }
}
