package dev.relay.sidecar.redis;

import dev.relay.sidecar.book.BookImage;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.Scale;
import java.nio.charset.StandardCharsets;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;

/**
 * Turns one book's images into script calls: a shadow of what Redis holds, the difference to the newest image, and a
 * whole write when the two may have parted. Redis thread only; it makes arguments and judges answers, but does no I/O.
 *
 * <p>One call may be outstanding at a time. A difference too large for one script call becomes a whole write.
 */
final class BookWriter implements ReplyHandler {
    private static final int TOP_LEVELS = 10;
    private static final int MAX_CHANGES = 1_500;
    private static final int MOVING_PAIRS = 5;
    private static final int ALL_PAIRS = 10;
    private static final byte[] SENTINEL = "#".repeat(65).getBytes(StandardCharsets.US_ASCII);

    private final BookMailbox mailbox;
    private final byte[][] keys;
    private final byte[] channel;
    private final byte[] metaKey;
    private final long epoch;
    private final int depth;
    private final ShadowSide bids;
    private final ShadowSide asks;
    private final Arguments arguments;
    private final LevelPairs bidsOut = new LevelPairs();
    private final LevelPairs bidsIn = new LevelPairs();
    private final LevelPairs asksOut = new LevelPairs();
    private final LevelPairs asksIn = new LevelPairs();
    private final WriteTap tap;
    private final LongConsumer readable;
    private final AsciiText top = new AsciiText();

    private long ver;
    private boolean needsFull = true;
    private boolean isFull;
    private BookStatus status = BookStatus.SYNCING;
    private String quality = "PASS";
    private long seq;
    private long frames;
    private long number;
    private int levels;
    private int proven;
    private BookStatus toldStatus = BookStatus.SYNCING;
    private String toldQuality = "";
    private int toldProven;
    private int toldBids;
    private int toldAsks;
    private boolean isChange;
    private long exchangeAtMs;
    private long receivedAtMs;
    private volatile long writtenFrames;
    private Scale priceScale = new Scale(0);
    private Scale quantityScale = new Scale(0);

    /**
     * @param readable told of each change that readers can see, by the time at which it was received
     * @param arguments shared with the other books: a call is sent before the next is made
     */
    BookWriter(
            RedisLayout layout,
            BookMailbox mailbox,
            long epoch,
            int depth,
            WriteTap tap,
            LongConsumer readable,
            Arguments arguments) {
        this.readable = readable;
        this.arguments = arguments;
        String symbol = mailbox.symbol();
        this.mailbox = mailbox;
        this.tap = tap;
        this.metaKey = bytes(layout.meta(symbol));
        this.keys =
                new byte[][] {bytes(layout.bids(symbol)), bytes(layout.asks(symbol)), metaKey, bytes(layout.top(symbol))
                };
        this.channel = bytes(layout.base(symbol));
        this.epoch = epoch;
        this.depth = depth;
        this.bids = new ShadowSide(true, depth);
        this.asks = new ShadowSide(false, depth);
        this.ver = epoch * 1_000; // rises over restarts too, and stays exact in a double
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The EVALSHA arguments that bring Redis to the newest state, or null when it is there.
     *
     * @param aliveAtMs the feed's last proof of life by the Redis clock
     */
    @Nullable
    CommandArguments next(long aliveAtMs, long nowMs) {
        BookImage image = mailbox.take();
        if (image == null && !needsFull) {
            return null;
        }
        isChange = image != null;
        boolean scaleChanged = image != null && image.isLive() && !hasScalesOf(image);
        if (image != null) {
            note(image);
        }
        long previous = ver++;
        if (image == null || needsFull || scaleChanged) {
            if (image != null && image.isLive()) {
                become(image);
            }
            return full(aliveAtMs, nowMs);
        }
        return difference(image, previous, aliveAtMs, nowMs);
    }

    private boolean hasScalesOf(BookImage image) {
        return image.priceScale().equals(priceScale) && image.quantityScale().equals(quantityScale);
    }

    private void note(BookImage image) {
        number = image.number();
        status = image.status();
        quality = image.quality();
        seq = image.seq();
        frames = image.frames();
        proven = image.proven();
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

    private CommandArguments difference(BookImage image, long previous, long aliveAtMs, long nowMs) {
        bidsOut.clear();
        bidsIn.clear();
        asksOut.clear();
        asksIn.clear();
        levels = 0;
        if (image.isLive()) {
            levels = bids.diff(image.bids(), image.bidCount(), bidsOut, bidsIn)
                    + asks.diff(image.asks(), image.askCount(), asksOut, asksIn);
            become(image);
            if (bidsOut.count() + bidsIn.count() + asksOut.count() + asksIn.count() > MAX_CHANGES) {
                return full(aliveAtMs, nowMs);
            }
        }
        isFull = false;
        begin(LuaScript.UPDATE).add(epoch).add(previous).add(ver).add(aliveAtMs);
        arguments.add(topText()).add(channel).add(pairs());
        arguments.add(bidsOut.count()).add(bidsIn.count()).add(asksOut.count()).add(asksIn.count());
        meta(nowMs);
        members(bidsOut);
        scoresAndMembers(bidsIn);
        members(asksOut);
        scoresAndMembers(asksIn);
        return arguments.call();
    }

    private void members(LevelPairs levels) {
        for (int i = 0; i < levels.count(); i++) {
            arguments.member(priceScale, levels.price(i), quantityScale, levels.quantity(i));
        }
    }

    private void scoresAndMembers(LevelPairs levels) {
        for (int i = 0; i < levels.count(); i++) {
            arguments.scoreAndMember(priceScale, levels.price(i), quantityScale, levels.quantity(i));
        }
    }

    private CommandArguments full(long aliveAtMs, long nowMs) {
        isFull = true;
        levels = bids.count() + asks.count();
        begin(LuaScript.FULL).add(epoch).add(ver).add(aliveAtMs).add(topText()).add(channel);
        arguments.add(SENTINEL).add(pairs()).add(bids.count()).add(asks.count());
        meta(nowMs);
        levels(bids);
        levels(asks);
        needsFull = false;
        return arguments.call();
    }

    private void levels(ShadowSide side) {
        for (int rank = 0; rank < side.count(); rank++) {
            arguments.scoreAndMember(priceScale, side.price(rank), quantityScale, side.quantity(rank));
        }
    }

    private Arguments begin(LuaScript script) {
        arguments.clear().add(script.sha()).add(keys.length);
        for (byte[] key : keys) {
            arguments.add(key);
        }
        return arguments;
    }

    /** All fields of a whole write; of an update those that change with every frame, and the others when they have. */
    private void meta(long nowMs) {
        boolean all = pairs() == ALL_PAIRS;
        arguments.pair("seq", seq).pair("frames", frames).pair("ts_exch", exchangeAtMs);
        arguments.pair("ts_recv", receivedAtMs).pair("ts_write", nowMs);
        if (all) {
            arguments.word("status").word(status.name()).word("quality").word(quality);
            arguments.pair("nb", bids.count()).pair("na", asks.count()).pair("proven", proven);
            noteDescription();
        }
    }

    private int pairs() {
        return isFull || hasNewDescription() ? ALL_PAIRS : MOVING_PAIRS;
    }

    private boolean hasNewDescription() {
        return status != toldStatus
                || !quality.equals(toldQuality)
                || proven != toldProven
                || bids.count() != toldBids
                || asks.count() != toldAsks;
    }

    private void noteDescription() {
        toldStatus = status;
        toldQuality = quality;
        toldProven = proven;
        toldBids = bids.count();
        toldAsks = asks.count();
    }

    private byte[] topText() {
        top.clear().add("{\"epoch\":").add(epoch).add(",\"ver\":").add(ver);
        top.add(",\"seq\":").add(seq).add(",\"status\":\"").add(status.name());
        top.add("\",\"ts_exch\":").add(exchangeAtMs).add(",\"bids\":[");
        bids.appendJson(top, TOP_LEVELS, priceScale, quantityScale);
        top.add("],\"asks\":[");
        asks.appendJson(top, TOP_LEVELS, priceScale, quantityScale);
        return top.add("]}").toBytes();
    }

    @Override
    public WriteOutcome onReply(Object reply) {
        WriteOutcome outcome = WriteOutcome.of(reply);
        if (outcome == WriteOutcome.OK) {
            writtenFrames = frames;
            tap.onWritten(mailbox.symbol(), number);
            if (isChange) {
                readable.accept(receivedAtMs);
            }
        } else {
            needsFull = true;
        }
        return outcome;
    }

    /** The connection broke or Redis lost its memory: nothing is known of what stands there. */
    void onLost() {
        needsFull = true;
    }

    /** Whether the call made last writes the whole book. */
    boolean isFull() {
        return isFull;
    }

    /** Levels that the call made last changes. */
    int levels() {
        return levels;
    }

    /** What the call made last takes on the wire. */
    long callBytes() {
        return arguments.bytes();
    }

    byte[] metaKey() {
        return metaKey;
    }

    long ver() {
        return ver;
    }

    /** Depth events contained in what Redis confirmed. Any thread. */
    long writtenFrames() {
        return writtenFrames;
    }

    String symbol() {
        return mailbox.symbol();
    }
}
