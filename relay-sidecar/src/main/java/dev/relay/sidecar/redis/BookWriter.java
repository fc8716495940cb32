package dev.relay.sidecar.redis;

import dev.relay.sidecar.book.BookImage;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.Scale;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns one book's images into script calls: a shadow of what Redis holds, the difference to the newest image, and a
 * whole write when the two may have parted. Redis thread only; it makes arguments and judges answers, but does no I/O.
 *
 * <p>One call may be outstanding at a time. A difference too large for one script call becomes a whole write.
 */
final class BookWriter {
    private static final int TOP_LEVELS = 10;
    private static final int MAX_CHANGES = 1_500;
    private static final String SENTINEL = "#".repeat(65);

    private final RedisLayout layout;
    private final BookMailbox mailbox;
    private final String epoch;
    private final int depth;
    private final ShadowSide bids;
    private final ShadowSide asks;
    private final Arguments arguments = new Arguments();
    private final List<long[]> bidsOut = new ArrayList<>();
    private final List<long[]> bidsIn = new ArrayList<>();
    private final List<long[]> asksOut = new ArrayList<>();
    private final List<long[]> asksIn = new ArrayList<>();
    private final StringBuilder top = new StringBuilder();

    private long ver;
    private boolean needsFull = true;
    private boolean isPending;
    private BookStatus status = BookStatus.SYNCING;
    private long seq;
    private long frames;
    private long exchangeAtMs;
    private long receivedAtMs;
    private long writtenFrames;
    private Scale priceScale = new Scale(0);
    private Scale quantityScale = new Scale(0);

    BookWriter(RedisLayout layout, BookMailbox mailbox, long epoch, int depth) {
        this.layout = layout;
        this.mailbox = mailbox;
        this.epoch = Long.toString(epoch);
        this.depth = depth;
        this.bids = new ShadowSide(true, depth);
        this.asks = new ShadowSide(false, depth);
        this.ver = epoch * 1_000; // rises over restarts too, and stays exact in a double
    }

    /** The EVALSHA arguments that bring Redis to the newest state, or null when it is there. {@code lifeAgeMs}: see meta. */
    byte @Nullable [][] next(long lifeAgeMs, long nowMs) {
        BookImage image = mailbox.take();
        if (image == null && !needsFull) {
            return null;
        }
        boolean scaleChanged = image != null && image.isLive() && !hasScalesOf(image);
        if (image != null) {
            note(image);
        }
        isPending = true;
        long previous = ver++;
        if (needsFull || scaleChanged) {
            if (image != null && image.isLive()) {
                become(image);
            }
            return full(lifeAgeMs, nowMs);
        }
        return image == null ? null : difference(image, previous, lifeAgeMs, nowMs);
    }

    private boolean hasScalesOf(BookImage image) {
        return image.priceScale().equals(priceScale) && image.quantityScale().equals(quantityScale);
    }

    private void note(BookImage image) {
        status = image.status();
        seq = image.seq();
        frames = image.frames();
        exchangeAtMs = image.exchangeAtMs();
        receivedAtMs = image.receivedAtMs();
        if (image.isLive()) {
            priceScale = image.priceScale();
            quantityScale = image.quantityScale();
        }
    }

    private void become(BookImage image) {
        bids.become(image.bids(), image.bidCount());
        asks.become(image.asks(), image.askCount());
    }

    private byte[][] difference(BookImage image, long previous, long lifeAgeMs, long nowMs) {
        clearDifference();
        if (image.isLive()) {
            collect(bids, image.bids(), image.bidCount(), bidsOut, bidsIn);
            collect(asks, image.asks(), image.askCount(), asksOut, asksIn);
            become(image);
            if (bidsOut.size() + bidsIn.size() + asksOut.size() + asksIn.size() > MAX_CHANGES) {
                return full(lifeAgeMs, nowMs);
            }
        }
        begin(LuaScript.UPDATE)
                .add(epoch)
                .add(previous)
                .add(ver)
                .add(lifeAgeMs)
                .add(topText())
                .add(channel());
        arguments.add(META_PAIRS).add(bidsOut.size()).add(bidsIn.size());
        arguments.add(asksOut.size()).add(asksIn.size());
        meta(nowMs);
        bidsOut.forEach(this::member);
        bidsIn.forEach(this::scoreAndMember);
        asksOut.forEach(this::member);
        asksIn.forEach(this::scoreAndMember);
        return arguments.toArray();
    }

    private void clearDifference() {
        bidsOut.clear();
        bidsIn.clear();
        asksOut.clear();
        asksIn.clear();
    }

    private static void collect(ShadowSide side, long[] next, int count, List<long[]> out, List<long[]> in) {
        side.diff(
                next,
                count,
                (price, quantity) -> out.add(new long[] {price, quantity}),
                (price, quantity) -> in.add(new long[] {price, quantity}));
    }

    private void member(long[] level) {
        arguments.member(priceScale, level[0], quantityScale, level[1]);
    }

    private void scoreAndMember(long[] level) {
        arguments.scoreAndMember(priceScale, level[0], quantityScale, level[1]);
    }

    private byte[][] full(long lifeAgeMs, long nowMs) {
        begin(LuaScript.FULL)
                .add(epoch)
                .add(ver)
                .add(lifeAgeMs)
                .add(topText())
                .add(channel())
                .add(SENTINEL);
        arguments.add(META_PAIRS).add(bids.count()).add(asks.count());
        meta(nowMs);
        ShadowSide.LevelSink sink =
                (price, quantity) -> arguments.scoreAndMember(priceScale, price, quantityScale, quantity);
        bids.eachLevel(sink);
        asks.eachLevel(sink);
        needsFull = false;
        return arguments.toArray();
    }

    private Arguments begin(LuaScript script) {
        String symbol = mailbox.symbol();
        return arguments
                .clear()
                .add(script.sha())
                .add(4)
                .add(layout.bids(symbol))
                .add(layout.asks(symbol))
                .add(layout.meta(symbol))
                .add(layout.top(symbol));
    }

    private static final int META_PAIRS = 9;

    private void meta(long nowMs) {
        arguments.add("status").add(status.name());
        arguments.pair("seq", seq).pair("frames", frames).pair("ts_exch", exchangeAtMs);
        arguments.pair("ts_recv", receivedAtMs).pair("ts_write", nowMs);
        arguments.pair("nb", bids.count()).pair("na", asks.count()).pair("proven", depth);
    }

    private String channel() {
        return layout.base(mailbox.symbol());
    }

    private String topText() {
        top.setLength(0);
        top.append("{\"epoch\":").append(epoch).append(",\"ver\":").append(ver);
        top.append(",\"seq\":").append(seq).append(",\"status\":\"").append(status);
        top.append("\",\"ts_exch\":").append(exchangeAtMs).append(",\"bids\":[");
        bids.appendJson(top, TOP_LEVELS, priceScale, quantityScale);
        top.append("],\"asks\":[");
        asks.appendJson(top, TOP_LEVELS, priceScale, quantityScale);
        return top.append("]}").toString();
    }

    /** The script's answer to the outstanding call. */
    WriteOutcome onReply(Object reply) {
        isPending = false;
        WriteOutcome outcome = WriteOutcome.of(reply);
        if (outcome == WriteOutcome.OK) {
            writtenFrames = frames;
        } else {
            needsFull = true;
        }
        return outcome;
    }

    /** The connection broke or Redis lost its memory: nothing is known of what stands there. */
    void onLost() {
        isPending = false;
        needsFull = true;
    }

    boolean isPending() {
        return isPending;
    }

    String metaKey() {
        return layout.meta(mailbox.symbol());
    }

    long ver() {
        return ver;
    }

    /** Depth events contained in what Redis confirmed. */
    long writtenFrames() {
        return writtenFrames;
    }

    String symbol() {
        return mailbox.symbol();
    }
}
