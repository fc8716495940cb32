package dev.relay.sidecar.replay;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The simplest book there is, for comparison: sorted maps of exact decimals, fed with the recorded JSON. */
final class Truth {
    private final TreeMap<BigDecimal, BigDecimal> bids = new TreeMap<>(Comparator.reverseOrder());
    private final TreeMap<BigDecimal, BigDecimal> asks = new TreeMap<>();
    private final int window;
    private long id;

    Truth(int window) {
        this.window = window;
    }

    /** Best first, at most {@code depth} a side, as price:quantity texts without trailing zeros. */
    record Top(List<String> bids, List<String> asks) {
        Top first(int depth) {
            return new Top(
                    bids.subList(0, Math.min(depth, bids.size())), asks.subList(0, Math.min(depth, asks.size())));
        }
    }

    void binanceSnapshot(JsonNode body) {
        bids.clear();
        asks.clear();
        id = body.path("lastUpdateId").asLong();
        pairs(bids, body.path("bids"), 0, 1);
        pairs(asks, body.path("asks"), 0, 1);
    }

    void apply(Frame frame) {
        JsonNode json = frame.json();
        if (json.has("stream")) {
            if (json.path("data").path("u").asLong() > id) {
                id = json.path("data").path("u").asLong();
                pairs(bids, json.path("data").path("b"), 0, 1);
                pairs(asks, json.path("data").path("a"), 0, 1);
            }
            return;
        }
        JsonNode book = json.path("data").path(0);
        if ("snapshot".equals(json.path("type").asText(json.path("action").asText()))) {
            bids.clear();
            asks.clear();
        }
        boolean isKraken = "book".equals(json.path("channel").asText());
        levels(bids, book.path("bids"), isKraken);
        levels(asks, book.path("asks"), isKraken);
        while (bids.size() > window) {
            bids.pollLastEntry();
        }
        while (asks.size() > window) {
            asks.pollLastEntry();
        }
    }

    private static void levels(NavigableMap<BigDecimal, BigDecimal> side, JsonNode levels, boolean isKraken) {
        if (!isKraken) {
            pairs(side, levels, 0, 1);
            return;
        }
        for (JsonNode level : levels) {
            set(side, level.path("price"), level.path("qty"));
        }
    }

    private static void pairs(NavigableMap<BigDecimal, BigDecimal> side, JsonNode levels, int price, int quantity) {
        for (JsonNode level : levels) {
            set(side, level.path(price), level.path(quantity));
        }
    }

    private static void set(NavigableMap<BigDecimal, BigDecimal> side, JsonNode price, JsonNode quantity) {
        BigDecimal size = new BigDecimal(quantity.asText());
        if (size.signum() == 0) {
            side.remove(new BigDecimal(price.asText()));
        } else {
            side.put(new BigDecimal(price.asText()), size);
        }
    }

    /** The venue's answer to a request for the whole book. */
    Delta snapshot(Scale priceScale, Scale quantityScale) {
        Delta snapshot = new Delta();
        snapshot.ids(id, id);
        bids.forEach((price, quantity) -> snapshot.addBid(
                priceScale.parse(price.toPlainString()), quantityScale.parse(quantity.toPlainString())));
        asks.forEach((price, quantity) -> snapshot.addAsk(
                priceScale.parse(price.toPlainString()), quantityScale.parse(quantity.toPlainString())));
        return snapshot;
    }

    Top top(int depth) {
        return new Top(texts(bids, depth), texts(asks, depth));
    }

    private static List<String> texts(NavigableMap<BigDecimal, BigDecimal> side, int depth) {
        List<String> texts = new ArrayList<>();
        side.entrySet().stream()
                .limit(depth)
                .forEach(level -> texts.add(text(level.getKey()) + ":" + text(level.getValue())));
        return texts;
    }

    private static String text(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }
}
