package dev.relay.sidecar.order;

import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.Transport;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongConsumer;

/** Where and as whom an account's orders are placed; makes the gateway once everything else of the side is there. */
public interface OrderVenue {
    VenueOrders open(Access access);

    /** Orders cost real money. */
    default boolean isLive() {
        return false;
    }

    /**
     * What a gateway is built on; tests bring their own time and transport.
     *
     * @param orders the thread "orders": every answer and event goes through it
     * @param transport message connections
     * @param rest requests
     * @param closedUntilMs the time before which nothing may be asked, as a former process left it; 0 without one
     * @param saveClosedUntil takes a new such time, for the journal
     * @param formerActMs wall time of what a former process did last, 0 without one
     * @param seed of the jitter of reconnects
     */
    record Access(
            List<Instrument> instruments,
            OrderClock clock,
            Executor orders,
            Transport transport,
            RestFactory rest,
            long closedUntilMs,
            LongConsumer saveClosedUntil,
            long formerActMs,
            long seed) {}

    /** Opens HTTP to one base URI. */
    interface RestFactory {
        RestCalls open(URI base, long timeoutMs);
    }
}
