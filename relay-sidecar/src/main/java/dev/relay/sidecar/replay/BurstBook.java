package dev.relay.sidecar.replay;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One synthetic book: a thousand levels a side at every cent around a middle that wanders or falls. Each step changes so
 * many levels, most of them near the best. Prices are counted in cents, quantities in thousandths.
 */
final class BurstBook {
    private static final long START = 100_000;
    private static final int LEVELS = 1_000;
    private static final int NEAR = 90;
    private static final int TYPICAL_DISTANCE = 22;
    private static final int FALL = 5;

    /** What a step made of one level. */
    record Change(boolean isBid, long price, long before, long now) {}

    final String symbol;
    long id = 1_000;
    private final SplittableRandom random;
    private final TreeMap<Long, Long> bids = new TreeMap<>(Comparator.reverseOrder());
    private final TreeMap<Long, Long> asks = new TreeMap<>();
    private final Map<Long, Change> bidChanges = new TreeMap<>();
    private final Map<Long, Change> askChanges = new TreeMap<>();
    private long middle = START;

    BurstBook(String symbol, long seed) {
        this.symbol = symbol;
        this.random = new SplittableRandom(seed);
        for (int i = 1; i <= LEVELS; i++) {
            bids.put(START - i, quantity());
            asks.put(START + i, quantity());
        }
    }

    private long quantity() {
        return 1L + random.nextInt(20_000);
    }

    /** One frame's worth of changes. */
    void step(int levels, boolean isFalling) {
        bidChanges.clear();
        askChanges.clear();
        if (isFalling) {
            for (int i = 0; i < FALL; i++) {
                fall();
            }
        } else if (random.nextInt(5) == 0) {
            fall();
        } else if (random.nextInt(4) == 0) {
            rise();
        }
        while (bidChanges.size() + askChanges.size() < levels) {
            touch();
        }
        id += levels;
    }

    private void fall() {
        middle--;
        set(true, middle, 0);
        set(false, middle + 1, quantity());
        set(true, bids.lastKey() - 1, quantity());
    }

    private void rise() {
        middle++;
        set(false, middle, 0);
        set(true, middle - 1, quantity());
        set(false, asks.lastKey() + 1, quantity());
    }

    private void touch() {
        boolean isBid = random.nextBoolean();
        long away = 1 + Math.min(NEAR, (long) (-Math.log(1 - random.nextDouble()) * TYPICAL_DISTANCE));
        long price = isBid ? middle - away : middle + away;
        boolean rests = (isBid ? bids : asks).containsKey(price);
        set(isBid, price, rests && random.nextInt(4) == 0 ? 0 : quantity());
    }

    private void set(boolean isBid, long price, long now) {
        Map<Long, Change> changes = isBid ? bidChanges : askChanges;
        TreeMap<Long, Long> side = isBid ? bids : asks;
        Change earlier = changes.get(price);
        long before = earlier != null ? earlier.before() : side.getOrDefault(price, 0L);
        changes.put(price, new Change(isBid, price, before, now));
        if (now == 0) {
            side.remove(price);
        } else {
            side.put(price, now);
        }
    }

    void eachChange(Consumer<Change> consumer) {
        bidChanges.values().forEach(consumer);
        askChanges.values().forEach(consumer);
    }

    /** The last step as a combined-stream frame. */
    String frame(long firstId, long eventAtMs) {
        StringBuilder out = new StringBuilder(1_024);
        out.append("{\"stream\":\"").append(BurstScript.stream(symbol));
        out.append("\",\"data\":{\"e\":\"depthUpdate\",\"E\":")
                .append(eventAtMs)
                .append(",\"s\":\"")
                .append(symbol);
        out.append("\",\"U\":").append(firstId).append(",\"u\":").append(id).append(",\"b\":[");
        bidChanges.values().forEach(change -> level(out, change.price(), change.now()));
        out.append("],\"a\":[");
        askChanges.values().forEach(change -> level(out, change.price(), change.now()));
        return out.append("]}}").toString();
    }

    String snapshot() {
        StringBuilder out = new StringBuilder(65_536);
        out.append("{\"lastUpdateId\":").append(id).append(",\"bids\":[");
        bids.forEach((price, quantity) -> level(out, price, quantity));
        out.append("],\"asks\":[");
        asks.forEach((price, quantity) -> level(out, price, quantity));
        return out.append("]}").toString();
    }

    private static void level(StringBuilder out, long price, long quantity) {
        out.append(out.charAt(out.length() - 1) == '[' ? "[\"" : ",[\"");
        decimal(out, price, 100);
        out.append("\",\"");
        decimal(out, quantity, 1_000);
        out.append("\"]");
    }

    /** With all its decimals, as venues write. */
    static void decimal(StringBuilder out, long value, int unit) {
        out.append(value / unit).append('.');
        for (long place = unit / 10; place > 0; place /= 10) {
            out.append((char) ('0' + value / place % 10));
        }
    }

    /** The best levels of a side, exact and without trailing zeros. */
    String top(boolean isBid, int depth) {
        StringBuilder out = new StringBuilder();
        (isBid ? bids : asks)
                .entrySet().stream()
                        .limit(depth)
                        .forEach(level -> out.append(BigDecimal.valueOf(level.getKey(), 2)
                                        .stripTrailingZeros()
                                        .toPlainString())
                                .append(':')
                                .append(BigDecimal.valueOf(level.getValue(), 3)
                                        .stripTrailingZeros()
                                        .toPlainString())
                                .append(' '));
        return out.toString();
    }
}
