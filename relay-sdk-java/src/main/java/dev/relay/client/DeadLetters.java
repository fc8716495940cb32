package dev.relay.client;

import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's dead-letter queue. Safe for any thread; every call waits for the daemon's answer, 5 s at most, and throws {@link RelayRefused}
 * (NOT_FOUND, UNAUTHORIZED) or {@link RelayTimeout}. Changes are audited there.
 */
public final class DeadLetters {
    private static final int PAGE = 50;
    private static final List<String> LEFT_OUT = List.of("ok", "ref", "more");

    private final Relay relay;

    DeadLetters(Relay relay) {
        this.relay = relay;
    }

    /** Up to {@code limit} dead letters numbered above {@code after}, oldest first, without payloads. */
    public List<DeadLetter> list(int limit, long after) {
        return list(limit, after, Map.of());
    }

    /** The same, narrowed by the protocol's filters: {@code reason}, {@code sender}, {@code target}, {@code min_age_ms}, {@code max_age_ms}. */
    public List<DeadLetter> list(int limit, long after, Map<String, ?> filters) {
        List<DeadLetter> found = new ArrayList<>();
        long last = after;
        while (found.size() < limit) {
            List<DeadLetter> page = page(Math.min(PAGE, limit - found.size()), last, filters);
            if (page.isEmpty()) {
                break;
            }
            found.addAll(page);
            last = page.get(page.size() - 1).no();
        }
        return found;
    }

    private List<DeadLetter> page(int limit, long after, Map<String, ?> filters) {
        Map<String, Object> arguments = new TreeMap<>(filters);
        arguments.put("limit", limit);
        arguments.put("after", after);
        return Rows.of(relay.control("dlq.ls", arguments), "dead_letters").stream()
                .map(DeadLetter::new)
                .toList();
    }

    /** One with its payload, which may take several calls. */
    public DeadLetter show(long no) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        boolean isMore = true;
        while (isMore) {
            fields.putAll(relay.control("dlq.show", Map.of("no", no, "offset", payload.size())));
            byte[] part = new DeadLetter(fields).payload();
            isMore = part != null && part.length > 0 && Boolean.TRUE.equals(fields.get("more"));
            payload.writeBytes(part == null ? new byte[0] : part);
        }
        LEFT_OUT.forEach(fields::remove);
        fields.replace("payload", Base64.getEncoder().encodeToString(payload.toByteArray()));
        return new DeadLetter(fields);
    }

    /** Puts it back: a new acceptance under its old id; it leaves the queue in the same step. */
    public void redrive(long no) {
        relay.control("dlq.redrive", Map.of("no", no));
    }

    /** Deletes it. */
    public void drop(long no) {
        relay.control("dlq.drop", Map.of("no", no));
    }

    /** Writes all of them, payloads included (base64), as lines of JSON, replacing the file; returns how many. They stay in the queue. */
    public int export(Path file) throws IOException {
        int count = 0;
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            List<DeadLetter> page = page(PAGE, 0, Map.of());
            while (!page.isEmpty()) {
                for (DeadLetter each : page) {
                    count += exportOne(each, out);
                }
                page = pageBehind(page);
            }
        }
        return count;
    }

    private List<DeadLetter> pageBehind(List<DeadLetter> page) {
        return page(PAGE, page.get(page.size() - 1).no(), Map.of());
    }

    /** One that was dropped since it was listed is left out. */
    private int exportOne(DeadLetter listed, BufferedWriter out) throws IOException {
        try {
            out.write(show(listed.no()).json());
            out.newLine();
            return 1;
        } catch (RelayRefused e) {
            if (e.code().equals("NOT_FOUND")) {
                return 0;
            }
            throw e;
        }
    }

    /** {@code total}, {@code bytes}, {@code by_reason}, {@code oldest_at_ms} and the largest {@code groups}, as the protocol says. */
    public Map<String, @Nullable Object> stats() {
        Map<String, @Nullable Object> stats = new TreeMap<>(relay.control("dlq.stats", Map.of()));
        LEFT_OUT.forEach(stats::remove);
        return stats;
    }
}
