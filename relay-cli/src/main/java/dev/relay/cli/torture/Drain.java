package dev.relay.cli.torture;

import dev.relay.client.Relay;
import dev.relay.protocol.Json;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings a round to rest without faults: senders end once everything they sent has an outcome, recipients once nothing is queued for them or unacked; the dead
 * letters are written down; then {@code drained}. What does not come to rest in time is a note, and such a round does not count.
 */
final class Drain {
    private static final long REST_MS = 100_000;
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int PAGE = 500;

    private final Cast cast;
    private final HistoryFile history;

    Drain(Cast cast, HistoryFile history) {
        this.cast = cast;
        this.history = history;
    }

    void run() {
        boolean isAtRest = end(cast.senders());
        try (Relay observer = Relay.builder("observer")
                .socket(cast.socket())
                .connectTimeout(Duration.ofSeconds(30))
                .connect()) {
            isAtRest &= within(REST_MS, () -> isQuiet(observer));
            if (!isAtRest) {
                note("not at rest: " + Json.write(observer.control("agents", Map.of())));
            }
            deadLetters(observer);
        }
        isAtRest &= end(cast.receivers());
        if (isAtRest) {
            history.write("drained");
        }
    }

    private boolean end(List<String> names) {
        names.forEach(name -> cast.agent(name).tellToStop());
        boolean allEnded = true;
        for (String name : names) {
            int code = cast.agent(name).awaitEnd(REST_MS);
            if (code != 0) {
                note(name + " did not end in order: code=" + code);
                allEnded = false;
            }
        }
        return allEnded;
    }

    private static boolean within(long timeoutMs, BooleanSupplier condition) {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (System.nanoTime() < endNs) {
            if (condition.getAsBoolean()) {
                return true;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return false;
    }

    private boolean isQuiet(Relay observer) {
        if (!(observer.control("agents", Map.of()).get("agents") instanceof List<?> agents)) {
            return false;
        }
        return agents.stream()
                .allMatch(a -> a instanceof Map<?, ?> agent && isZero(agent, "queued") && isZero(agent, "unacked"));
    }

    private static boolean isZero(Map<?, ?> agent, String key) {
        return agent.get(key) instanceof Long n && n == 0;
    }

    private void deadLetters(Relay observer) {
        long after = 0;
        while (true) {
            Object page = observer.control("dlq.ls", Map.of("limit", PAGE, "after", after))
                    .get("dead_letters");
            if (!(page instanceof List<?> rows) || rows.isEmpty()) {
                return;
            }
            for (Object each : rows) {
                after = deadLetter(observer, (Map<?, ?>) each);
            }
        }
    }

    private long deadLetter(Relay observer, Map<?, ?> row) {
        long no = row.get("no") instanceof Long n ? n : Long.MAX_VALUE;
        Map<String, @Nullable Object> shown = observer.control("dlq.show", Map.of("no", no));
        byte[] payload = shown.get("payload") instanceof String text
                ? Base64.getDecoder().decode(text)
                : new byte[0];
        history.write(
                "dead_letter",
                HistoryFile.field("id", Letter.read(payload).id())
                        + HistoryFile.field("recipient", String.valueOf(row.get("target")))
                        + HistoryFile.field("reason", String.valueOf(row.get("reason"))));
        return no;
    }

    private void note(String what) {
        history.write("note", HistoryFile.field("what", what.replace('"', '\'')));
    }
}
