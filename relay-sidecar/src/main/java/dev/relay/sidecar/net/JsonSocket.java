package dev.relay.sidecar.net;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a venue's order side that speaks JSON: connects, and connects again with full jitter for as long as it
 * is not closed. Numbers are exact decimals. A sign that the venue is up ends the waiting, at most once in {@value #HURRY_MS} ms, so that a venue whose
 * sockets alone are down is not hammered. Owned by the thread "orders"; texts are parsed on the event loop and handed over. What a former
 * connection still says is dropped.
 */
public final class JsonSocket {
    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    static final long HURRY_MS = 5_000;

    private final URI uri;
    private final WsConfig config;
    private final Transport transport;
    private final Executor orders;
    private final Listener listener;
    private final Backoff backoff;
    private @Nullable Link link;
    private boolean isOpen;
    private boolean isClosed;
    private long generation;
    private long connectAtMs = Long.MAX_VALUE;
    private long attemptedAtMs;
    private long notBeforeMs = Long.MIN_VALUE;
    private long nowMs;

    /** Called on the thread "orders". */
    public interface Listener {
        void onOpen();

        void onText(JsonNode message);

        void onClosed(String reason);
    }

    public JsonSocket(URI uri, Transport transport, WsConfig config, Executor orders, Listener listener, long seed) {
        this.config = config;
        this.uri = uri;
        this.transport = transport;
        this.orders = orders;
        this.listener = listener;
        this.backoff = Backoff.defaults(seed);
    }

    public void start(long monotonicMs) {
        nowMs = monotonicMs;
        connectAtMs = monotonicMs;
        tick(monotonicMs);
    }

    /** A ban: no new connection before this time; the present one stays. */
    public void notBefore(long monotonicMs) {
        notBeforeMs = monotonicMs;
    }

    /** The venue has just answered by another way: a planned attempt need not wait for the whole of its delay. */
    public void hurry() {
        if (connectAtMs != Long.MAX_VALUE) {
            connectAtMs = Math.min(connectAtMs, attemptedAtMs + HURRY_MS);
        }
    }

    public void tick(long monotonicMs) {
        nowMs = monotonicMs;
        if (monotonicMs >= Math.max(connectAtMs, notBeforeMs) && !isClosed) {
            connect();
        }
    }

    private void connect() {
        connectAtMs = Long.MAX_VALUE;
        attemptedAtMs = nowMs;
        long mine = ++generation;
        link = transport.open(uri, config, new Bridge(mine));
    }

    /** Event-loop side of one connection. */
    private final class Bridge implements LinkListener {
        private final long mine;

        Bridge(long mine) {
            this.mine = mine;
        }

        @Override
        public void onOpen(Link opened) {
            orders.execute(() -> JsonSocket.this.onOpen(mine));
        }

        @Override
        public void onText(byte[] bytes, int length) {
            try {
                JsonNode message = MAPPER.readTree(bytes, 0, length);
                orders.execute(() -> JsonSocket.this.onText(mine, message));
            } catch (IOException e) {
                orders.execute(() -> restart(mine, "unreadable message from the venue: " + e.getMessage()));
            }
        }

        @Override
        public void onClosed(CloseReason reason) {
            orders.execute(() -> JsonSocket.this.onClosed(mine, reason.toString()));
        }
    }

    private void onOpen(long from) {
        if (from == generation && !isClosed) {
            isOpen = true;
            backoff.onUp(nowMs);
            listener.onOpen();
        }
    }

    private void onText(long from, JsonNode message) {
        if (from == generation) {
            listener.onText(message);
        }
    }

    private void onClosed(long from, String reason) {
        if (from != generation) {
            return;
        }
        generation++;
        isOpen = false;
        connectAtMs = nowMs + backoff.nextDelayMs(nowMs);
        listener.onClosed(reason);
    }

    private void restart(long from, String reason) {
        if (from == generation) {
            restart(reason);
        }
    }

    /** Ends this connection and plans the next. */
    public void restart(String reason) {
        Link current = link;
        if (current != null) {
            current.close();
        }
        onClosed(generation, reason);
    }

    /** False: not open or full; nothing was written. */
    public boolean send(String text) {
        Link current = link;
        return current != null && isOpen && current.send(text);
    }

    /** Runs {@code drained} on "orders" once everything sent so far has left this process, or the connection is gone. */
    public void drain(Runnable drained) {
        Link current = link;
        if (current == null || !isOpen) {
            drained.run();
        } else {
            current.drain(() -> orders.execute(drained));
        }
    }

    public void close() {
        isClosed = true;
        Link current = link;
        if (current != null) {
            current.close();
        }
    }
}
