package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.net.Link;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls for new snapshots in the stream of one connection: one book at a time, so that others flow on undisturbed, with
 * the venue's pause between messages and a growing one after failures. Feed thread only; bounded by the books of the
 * connection, each of which waits at most once.
 */
final class StreamSnapshots {
    private static final Logger LOG = LoggerFactory.getLogger(StreamSnapshots.class);
    private static final long MAX_PAUSE_MS = 10_000;

    private final StreamCodec codec;
    private final Link link;
    private final VenueLimits limits;
    private final ArrayDeque<VenueBook> waiting = new ArrayDeque<>();
    private @Nullable VenueBook current;
    private int failures;
    private long nextSendMs;

    StreamSnapshots(StreamCodec codec, Link link, VenueLimits limits) {
        this.codec = codec;
        this.link = link;
        this.limits = limits;
    }

    void add(VenueBook book, long nowMs) {
        if (current == book) { // what came was not a usable book
            current = null;
            failures++;
            nextSendMs = nowMs + Math.min(MAX_PAUSE_MS, 100L << Math.min(10, failures));
        }
        if (!waiting.contains(book)) {
            book.queued();
            waiting.add(book);
        }
        pump(nowMs);
    }

    /** Moves on when the book asked for has come; called at every tick of the feed. */
    void pump(long nowMs) {
        VenueBook asked = current;
        if (asked != null && asked.sync().status() == BookStatus.LIVE) {
            current = null;
            failures = 0;
        }
        if (current == null && !waiting.isEmpty() && nowMs >= nextSendMs) {
            send(waiting.remove(), nowMs);
        }
    }

    private void send(VenueBook book, long nowMs) {
        List<String> messages = codec.callForSnapshot(book.instrument());
        nextSendMs = nowMs + (long) limits.sendPauseMs() * messages.size();
        current = book;
        book.asked(nowMs);
        for (String message : messages) {
            if (!link.send(message)) {
                LOG.warn("snapshot_call_refused symbol={}", book.instrument().symbol());
                link.close();
                return;
            }
        }
    }

    boolean isIdle() {
        return current == null && waiting.isEmpty();
    }
}
