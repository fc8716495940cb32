package dev.relay.sidecar.book;

import java.util.Arrays;

/**
 * Changes of one depth event, or all levels of one snapshot: update ids, checksum, the venue's time and scaled (price,
 * quantity) pairs in the order sent. Reused by the parser for every event; {@link #copy} makes one to keep.
 */
public final class Delta {
    private long firstId;
    private long lastId;
    private long eventAtMs;
    private long checksum;
    private boolean hasIds;
    private boolean hasChecksum;
    private boolean isSnapshot;
    private long[] bids = new long[64];
    private long[] asks = new long[64];
    private int bidLength;
    private int askLength;

    public void reset() {
        firstId = 0;
        lastId = 0;
        eventAtMs = 0;
        hasIds = false;
        hasChecksum = false;
        isSnapshot = false;
        bidLength = 0;
        askLength = 0;
    }

    public void ids(long newFirstId, long newLastId) {
        firstId = newFirstId;
        lastId = newLastId;
        hasIds = true;
    }

    public void checksum(long newChecksum) {
        checksum = newChecksum;
        hasChecksum = true;
    }

    /** The levels are the whole book, sent in the stream. */
    public void markSnapshot() {
        isSnapshot = true;
    }

    public void eventAtMs(long newEventAtMs) {
        eventAtMs = newEventAtMs;
    }

    public void add(boolean isBid, long price, long quantity) {
        if (isBid) {
            addBid(price, quantity);
        } else {
            addAsk(price, quantity);
        }
    }

    public void addBid(long price, long quantity) {
        bids = room(bids, bidLength);
        bids[bidLength++] = price;
        bids[bidLength++] = quantity;
    }

    public void addAsk(long price, long quantity) {
        asks = room(asks, askLength);
        asks[askLength++] = price;
        asks[askLength++] = quantity;
    }

    private static long[] room(long[] pairs, int used) {
        return used + 2 <= pairs.length ? pairs : Arrays.copyOf(pairs, pairs.length * 2);
    }

    public Delta copy() {
        Delta copy = new Delta();
        copy.ids(firstId, lastId);
        copy.hasIds = hasIds;
        copy.eventAtMs = eventAtMs;
        copy.checksum = checksum;
        copy.hasChecksum = hasChecksum;
        copy.isSnapshot = isSnapshot;
        copy.bids = Arrays.copyOf(bids, Math.max(2, bidLength));
        copy.asks = Arrays.copyOf(asks, Math.max(2, askLength));
        copy.bidLength = bidLength;
        copy.askLength = askLength;
        return copy;
    }

    public long firstId() {
        return firstId;
    }

    public long lastId() {
        return lastId;
    }

    public long eventAtMs() {
        return eventAtMs;
    }

    public boolean hasIds() {
        return hasIds;
    }

    public long checksum() {
        return checksum;
    }

    public boolean hasChecksum() {
        return hasChecksum;
    }

    public boolean isSnapshot() {
        return isSnapshot;
    }

    /** The pairs themselves, {@link #bidCount} of them; do not keep or change. */
    long[] bids() {
        return bids;
    }

    long[] asks() {
        return asks;
    }

    public int bidCount() {
        return bidLength / 2;
    }

    public int askCount() {
        return askLength / 2;
    }

    public long bidPrice(int i) {
        return bids[2 * i];
    }

    public long bidQuantity(int i) {
        return bids[2 * i + 1];
    }

    public long askPrice(int i) {
        return asks[2 * i];
    }

    public long askQuantity(int i) {
        return asks[2 * i + 1];
    }
}
