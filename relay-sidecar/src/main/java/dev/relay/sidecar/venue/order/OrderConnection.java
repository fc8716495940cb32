package dev.relay.sidecar.venue.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.net.JsonSocket;
import dev.relay.sidecar.net.WsConfig;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.order.VenueListener;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a venue's order connection, the same for every venue: it opens, it is ready once the gateway hears what
 * becomes of its orders, it ends. The executor is told when it is ready and when such a one has ended.
 *
 * <p>While it is away questions go by REST, and every answer to one shortens the waiting for the next attempt. A message
 * that cannot be read ends the connection: the next one begins with a reconciliation, which asks for what was missed.
 * Owned by the thread "orders"; nothing here grows.
 */
public final class OrderConnection implements JsonSocket.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(OrderConnection.class);

    /** What is said to open it may get lost, or its answer. */
    static final long OPENING_MS = 15_000;

    private final OrderClock clock;
    private final Protocol protocol;
    private final JsonSocket socket;
    private @Nullable VenueListener owner;
    private boolean isOpen;
    private boolean isReady;
    private long openedAtMs;
    private long unreadableCount;

    /** What is said on the connection. Thread "orders". */
    public interface Protocol {
        /** Says what is needed to hear of orders; {@link OrderConnection#ready} follows. */
        void onOpen();

        void onText(JsonNode message);

        /** What was asked on it is not answered any more. */
        void onClosed(String reason);
    }

    public OrderConnection(URI uri, WsConfig config, OrderVenue.Access access, Protocol protocol) {
        this.clock = access.clock();
        this.protocol = protocol;
        this.socket = new JsonSocket(uri, access.transport(), config, access.orders(), this, access.seed());
    }

    public void start(VenueListener listener) {
        owner = listener;
        socket.start(clock.monotonicMs());
    }

    @Override
    public void onOpen() {
        isOpen = true;
        openedAtMs = clock.monotonicMs();
        protocol.onOpen();
    }

    /** From here on the venue tells what becomes of orders. */
    public void ready() {
        if (isOpen && !isReady) {
            isReady = true;
            owner().onConnected();
        }
    }

    @Override
    public void onText(JsonNode message) {
        protocol.onText(message);
    }

    /** Runs what reads a message and tells the executor of it. */
    public void read(Runnable reading) {
        try {
            reading.run();
        } catch (IllegalArgumentException unreadable) {
            unreadableCount++;
            LOG.error("venue_message_unreadable problem={} action=connecting_again", unreadable.getMessage());
            socket.restart("unreadable message");
        }
    }

    @Override
    public void onClosed(String reason) {
        boolean wasReady = isReady;
        isOpen = false;
        isReady = false;
        LOG.warn("order connection ended reason={}", reason);
        protocol.onClosed(reason);
        if (wasReady) {
            owner().onDisconnected(reason);
        }
    }

    public VenueListener owner() {
        if (owner == null) {
            throw new IllegalStateException("not started");
        }
        return owner;
    }

    /** False: not open or full; nothing was written. */
    public boolean send(String text) {
        return socket.send(text);
    }

    /** Ends this connection and plans the next, unless none is open. */
    public void restart(String reason) {
        if (isOpen) {
            socket.restart(reason);
        }
    }

    /** The venue has answered by REST. */
    public void onAnsweredByRest() {
        socket.hurry();
    }

    /** No new connection before this time; the present one stays. */
    public void notBefore(long monotonicMs) {
        socket.notBefore(monotonicMs);
    }

    public void tick(long nowMs) {
        if (isOpen && !isReady && nowMs - openedAtMs > OPENING_MS) {
            socket.restart("not ready within ms=" + OPENING_MS);
        }
        socket.tick(nowMs);
    }

    public void drain(Runnable drained) {
        socket.drain(drained);
    }

    public boolean isOpen() {
        return isOpen;
    }

    public boolean isReady() {
        return isReady;
    }

    /** Messages that could not be read. An alarm. */
    public long unreadableCount() {
        return unreadableCount;
    }

    public void close() {
        socket.close();
    }
}
