package dev.relay.exchange;

import dev.relay.exchange.api.Faults;
import dev.relay.exchange.api.Operation;
import dev.relay.exchange.api.OrderFault;
import dev.relay.exchange.stream.StreamHub;
import dev.relay.exchange.stream.UserEventFaults;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The faults of the order side by name: {@code <request>-<fault>} for the next request of a kind (place, cancel, replace,
 * amend, query), {@code events-<fault>} for the next user data events, {@code user-stream-cut} and
 * {@code user-stream-end}. Called by the exchange loop only.
 */
final class OrderFaults {
    private static final int EVENTS = 6;
    private static final Map<String, Operation> REQUESTS = Map.of(
            "place", Operation.PLACE,
            "cancel", Operation.CANCEL,
            "replace", Operation.CANCEL_REPLACE,
            "amend", Operation.AMEND,
            "query", Operation.ORDER);

    private final Faults faults;
    private final StreamHub hub;
    private final UserEventFaults userEvents;
    private final Runnable cutUserStreams;

    /** @param cutUserStreams makes the streams of all venues' words silent */
    OrderFaults(Faults faults, StreamHub hub, UserEventFaults userEvents, Runnable cutUserStreams) {
        this.faults = faults;
        this.hub = hub;
        this.userEvents = userEvents;
        this.cutUserStreams = cutUserStreams;
    }

    /** False: not a name of an order-side fault. */
    boolean strike(String name) {
        if (name.equals("user-stream-cut")) {
            cutUserStreams.run();
            return true;
        }
        if (name.equals("user-stream-end")) {
            hub.terminateUserStreams();
            return true;
        }
        int dash = name.indexOf('-');
        String first = dash < 0 ? name : name.substring(0, dash);
        String rest = name.substring(dash + 1).replace('-', '_').toUpperCase(Locale.ROOT);
        if (first.equals("events")) {
            return strikeEvents(rest);
        }
        return strikeRequest(REQUESTS.get(first), rest);
    }

    private boolean strikeEvents(String rest) {
        for (UserEventFaults.Kind kind : UserEventFaults.Kind.values()) {
            if (kind.name().equals(rest)) {
                userEvents.next(kind, EVENTS);
                return true;
            }
        }
        return false;
    }

    private boolean strikeRequest(@Nullable Operation operation, String rest) {
        for (OrderFault fault : OrderFault.values()) {
            if (operation != null && fault.name().equals(rest)) {
                faults.next(operation, fault);
                return true;
            }
        }
        return false;
    }

    static String names() {
        return "user-stream-cut, user-stream-end, events-" + List.of(UserEventFaults.Kind.values()) + ", "
                + List.copyOf(REQUESTS.keySet()) + "-" + List.of(OrderFault.values()) + " (lower case, '-' for '_')";
    }
}
