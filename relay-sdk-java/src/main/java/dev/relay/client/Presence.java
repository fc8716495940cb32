package dev.relay.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The directory: who is there, what each agent says of itself, who comes and goes. A row has {@code name}, {@code state} ("connected",
 * "stale" or "away"), {@code metadata}, {@code capabilities}, {@code version} and more, as the protocol describes it. Safe for any thread;
 * calls wait for the daemon's answer and throw {@link RelayRefused} or {@link RelayTimeout}.
 */
public final class Presence {
    private static final long WAIT_SLICE_MS = 2_000;
    private static final long ANSWER_MS = 5_000;
    private static final long RETRY_MS = 50;

    private final Relay relay;

    Presence(Relay relay) {
        this.relay = relay;
    }

    /** What this agent says of itself from now on, on later connections too. */
    public void set(Map<String, ?> metadata, List<String> capabilities) {
        Map<String, Object> given = new TreeMap<>(Map.of("metadata", metadata, "capabilities", capabilities));
        relay.control("presence.set", given);
        relay.declare(given);
    }

    /** Everybody in this namespace, in order of name. */
    public List<Map<String, @Nullable Object>> list() {
        return list("", "", "");
    }

    /** Those whose name begins so, who have this capability and are in this state; "" for all. */
    public List<Map<String, @Nullable Object>> list(String prefix, String capability, String state) {
        Map<String, String> asked = Map.of("prefix", prefix, "capability", capability, "state", state);
        return Rows.all(relay, "presence.ls", asked, "agents", "name");
    }

    /** Holds the directory from now on and calls the listener, on a thread of the client, with each row that is new. */
    public PresenceWatch watch(Consumer<Map<String, @Nullable Object>> listener) {
        return watch("", "", listener);
    }

    /** The same for those whose name begins so and who have this capability, "" for all; the listener also hears of who is one of them no more. */
    public PresenceWatch watch(String prefix, String capability, Consumer<Map<String, @Nullable Object>> listener) {
        PresenceWatch watch = new PresenceWatch(relay, prefix, capability, listener);
        watch.begin();
        return watch;
    }

    /** As {@link Relay#waitForAgent}; with {@code ready} until it takes messages. */
    public Map<String, @Nullable Object> await(String name, Duration timeout, boolean ready) {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        while (true) {
            long leftMs = Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime()));
            Map<String, @Nullable Object> found = ask(name, Math.min(WAIT_SLICE_MS, leftMs), ready);
            if (Boolean.TRUE.equals(found.get("found"))) {
                return found;
            }
            if (leftMs == 0) {
                throw new RelayTimeout("waiting for agent name=" + name, timeout.toMillis());
            }
        }
    }

    private Map<String, @Nullable Object> ask(String name, long waitMs, boolean ready) {
        try {
            return relay.control(
                    "agents.wait",
                    Map.of("name", name, "timeout_ms", waitMs, "ready", ready),
                    Duration.ofMillis(waitMs + ANSWER_MS));
        } catch (RelayException e) {
            if (!e.code().equals("NOT_CONNECTED")) {
                throw e;
            }
            pause();
            return Map.of();
        }
    }

    /** A lost connection is being made anew. */
    private static void pause() {
        try {
            boolean unused = new CountDownLatch(1).await(RETRY_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RelayClosed("interrupted while waiting for an agent");
        }
    }
}
