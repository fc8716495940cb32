package dev.relay.exchange.stream;

import dev.relay.exchange.api.DepthFault;
import dev.relay.exchange.engine.OrderBook;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.market.Market;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/**
 * What one subscriber of Kraken's book channel has been told of one market: the best levels of both sides down to the
 * depth asked for, and the checksum over ten of them. Exchange loop only; bounded by the depth.
 */
final class KrakenWindow {
    static final int QTY_PRECISION = 8;
    private static final int CHECKSUM_LEVELS = 10;

    private final Market market;
    private final int depth;
    private Map<Long, Long> bids = Map.of();
    private Map<Long, Long> asks = Map.of();

    KrakenWindow(Market market, int depth) {
        this.market = market;
        this.depth = depth;
    }

    Market market() {
        return market;
    }

    int depth() {
        return depth;
    }

    /** Kraken's spelling. */
    static String symbol(Market market) {
        return market.spec().baseAsset() + "/" + market.spec().quoteAsset();
    }

    static int pricePrecision(Market market) {
        return Math.max(
                0,
                Scaled.toDecimal(market.spec().tickSize()).stripTrailingZeros().scale());
    }

    /** The whole window, from now on known to the subscriber. */
    String snapshot(String time) {
        bids = levels(Side.BUY);
        asks = levels(Side.SELL);
        return message("snapshot", json(bids), json(asks), checksum(), time);
    }

    /** What has changed since the last message; empty when nothing has. */
    String update(String time, boolean spoilChecksum) {
        Map<Long, Long> newBids = levels(Side.BUY);
        Map<Long, Long> newAsks = levels(Side.SELL);
        if (newBids.equals(bids) && newAsks.equals(asks)) {
            return "";
        }
        String bidChanges = json(changes(bids, newBids, Side.BUY));
        String askChanges = json(changes(asks, newAsks, Side.SELL));
        bids = newBids;
        asks = newAsks;
        return message("update", bidChanges, askChanges, checksum() ^ (spoilChecksum ? 1 : 0), time);
    }

    boolean hasChanges() {
        return !levels(Side.BUY).equals(bids) || !levels(Side.SELL).equals(asks);
    }

    /** The same message with what the fault makes of it. */
    String faulty(String update, DepthFault fault) {
        return switch (fault) {
            case CROSSED ->
                withBids(
                        update,
                        "{\"price\":" + Scaled.plain(market.book().bestPrice(Side.SELL) + Scaled.ONE) + ",\"qty\":1}");
            case EMPTY_SIDE ->
                withBids(
                        update,
                        bids.keySet().stream()
                                .map(price -> "{\"price\":" + Scaled.plain(price) + ",\"qty\":0}")
                                .collect(Collectors.joining(",")));
            case HUGE_NUMBER -> withBids(update, "{\"price\":" + "9".repeat(25) + ",\"qty\":0." + "1".repeat(25) + "}");
            case UNKNOWN_FIELD -> "{\"zz\":{\"bids\":[1,\"\\\"\"]}," + update.substring(1);
            case GAP, DUPLICATE, REORDER, LATE, BROKEN -> update;
        };
    }

    private static String withBids(String update, String levels) {
        return update.replace("\"bids\":[", "\"bids\":[" + levels + ",").replace(",]", "]");
    }

    private Map<Long, Long> levels(Side side) {
        Map<Long, Long> levels = new LinkedHashMap<>();
        market.book().forEachLevel(side, depth, levels::put);
        return levels;
    }

    /** A level that better ones have pushed out is not told: the subscriber cuts its book to the depth. */
    private Map<Long, Long> changes(Map<Long, Long> before, Map<Long, Long> now, Side side) {
        Map<Long, Long> changes = new LinkedHashMap<>();
        before.keySet().forEach(price -> {
            if (!now.containsKey(price) && !rests(market.book(), side, price)) {
                changes.put(price, 0L);
            }
        });
        now.forEach((price, qty) -> {
            if (!qty.equals(before.get(price))) {
                changes.put(price, qty);
            }
        });
        return changes;
    }

    private static boolean rests(OrderBook book, Side side, long price) {
        return book.qtyAt(side, price) > 0;
    }

    private long checksum() {
        StringBuilder digits = new StringBuilder();
        append(digits, asks);
        append(digits, bids);
        CRC32 crc = new CRC32();
        crc.update(digits.toString().getBytes(StandardCharsets.US_ASCII));
        return crc.getValue();
    }

    /** Digits of price and quantity in the market's precision, without point and leading zeros. */
    private void append(StringBuilder digits, Map<Long, Long> side) {
        long unit = 1;
        for (int i = pricePrecision(market); i < Scaled.DECIMALS; i++) {
            unit *= 10;
        }
        long priceUnit = unit;
        side.entrySet().stream()
                .limit(CHECKSUM_LEVELS)
                .forEach(level -> digits.append(level.getKey() / priceUnit).append(level.getValue()));
    }

    private String message(String type, String bidLevels, String askLevels, long checksum, String time) {
        return "{\"channel\":\"book\",\"type\":\"" + type + "\",\"data\":[{\"symbol\":\"" + symbol(market)
                + "\",\"bids\":" + bidLevels + ",\"asks\":" + askLevels + ",\"checksum\":" + checksum
                + ",\"timestamp\":\"" + time + "\"}]}";
    }

    private static String json(Map<Long, Long> levels) {
        StringBuilder out = new StringBuilder("[");
        levels.forEach((price, qty) -> out.append(out.length() == 1 ? "" : ",")
                .append("{\"price\":")
                .append(Scaled.plain(price))
                .append(",\"qty\":")
                .append(Scaled.plain(qty))
                .append('}'));
        return out.append(']').toString();
    }
}
