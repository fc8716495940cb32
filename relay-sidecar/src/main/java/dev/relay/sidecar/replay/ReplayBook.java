package dev.relay.sidecar.replay;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.replay.BinanceRecording.Frame;
import dev.relay.sidecar.replay.BinanceRecording.Snapshot;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The replay server's own book of one symbol: recorded snapshots plus the frames sent so far. It answers requests for a
 * new snapshot; it shares no code with the books it feeds. Server loop only.
 */
final class ReplayBook {
    private final TreeMap<BigDecimal, String> bids = new TreeMap<>(Comparator.reverseOrder());
    private final TreeMap<BigDecimal, String> asks = new TreeMap<>();
    private final Deque<Snapshot> later;
    private final Snapshot first;
    private long id;
    private boolean isFirstServed;

    ReplayBook(List<Snapshot> snapshots) {
        later = new ArrayDeque<>(snapshots);
        first = later.remove();
        load(first.body());
    }

    private void load(JsonNode body) {
        bids.clear();
        asks.clear();
        id = body.path("lastUpdateId").asLong();
        set(bids, body.path("bids"));
        set(asks, body.path("asks"));
    }

    private static void set(Map<BigDecimal, String> side, JsonNode pairs) {
        for (JsonNode pair : pairs) {
            BigDecimal price = new BigDecimal(pair.path(0).asText());
            String quantity = pair.path(1).asText();
            if (new BigDecimal(quantity).signum() == 0) {
                side.remove(price);
            } else {
                side.put(price, quantity);
            }
        }
    }

    /** A depth frame is being sent. A snapshot recorded before it and newer than the book replaces the book first. */
    void onSent(Frame frame) {
        while (!later.isEmpty() && later.element().ts().compareTo(frame.ts()) <= 0) {
            Snapshot snapshot = later.remove();
            if (snapshot.body().path("lastUpdateId").asLong() > id) {
                load(snapshot.body());
            }
        }
        long lastId = frame.data().path("u").asLong();
        if (lastId > id) {
            set(bids, frame.data().path("b"));
            set(asks, frame.data().path("a"));
            id = lastId;
        }
    }

    /** The recorded answer the first time, the book as it is now afterwards. */
    String snapshot() {
        if (!isFirstServed) {
            isFirstServed = true;
            return first.text();
        }
        StringBuilder out = new StringBuilder("{\"lastUpdateId\":").append(id).append(",\"bids\":[");
        append(out, bids);
        out.append("],\"asks\":[");
        append(out, asks);
        return out.append("]}").toString();
    }

    private static void append(StringBuilder out, Map<BigDecimal, String> side) {
        side.forEach((price, quantity) -> {
            out.append(out.charAt(out.length() - 1) == '[' ? "[\"" : ",[\"");
            out.append(price.toPlainString()).append("\",\"").append(quantity).append("\"]");
        });
    }

    boolean isFirstServed() {
        return isFirstServed;
    }

    /** Update id after the last frame sent. */
    long id() {
        return id;
    }
}
