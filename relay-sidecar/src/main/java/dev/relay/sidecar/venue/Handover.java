package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.book.Delta;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves books from one socket to a younger one without a gap. The older goes on serving; what the younger sends is kept
 * until, by its ids, it continues the book, and from then on the younger serves that book. Where ids prove nothing, the
 * younger's own snapshot replaces the book. Feed thread only. Bounded: {@value #MAX_WAITING} changes a book; one more
 * gives up waiting and lets that book begin anew.
 */
final class Handover {
    private static final int MAX_WAITING = 5_000;
    private static final int QUIET_MS = 2_000;

    private final Map<VenueBook, Part> parts = new HashMap<>();
    private long subscribedAtMs = -1;
    private int left;
    private int restarted;

    /** One book on its way. */
    private static final class Part {
        final ArrayDeque<Delta> waiting = new ArrayDeque<>();
        boolean isMoved;
        boolean heardYounger;
        long heardOlderAtMs = -1;
    }

    Handover(List<VenueBook> books) {
        books.forEach(book -> parts.put(book, new Part()));
        left = books.size();
    }

    private Part part(VenueBook book) {
        Part part = parts.get(book);
        if (part == null) {
            throw new IllegalStateException(
                    "book of another connection, symbol=" + book.instrument().symbol());
        }
        return part;
    }

    /** Both sockets are subscribed: silence of a book means something from now on. */
    void onSubscribed(long nowMs) {
        subscribedAtMs = nowMs;
    }

    boolean hasMoved(VenueBook book) {
        return part(book).isMoved;
    }

    void onOlder(VenueBook book, Delta delta, long nowMs) {
        Part part = part(book);
        if (!part.isMoved) {
            part.heardOlderAtMs = nowMs;
            book.sync().onDelta(delta);
            join(book, part);
        }
    }

    void onYounger(VenueBook book, Delta delta) {
        Part part = part(book);
        if (part.isMoved) {
            book.sync().onDelta(delta);
            return;
        }
        part.heardYounger = true;
        if (delta.isSnapshot()) {
            moved(part);
            part.waiting.clear();
            book.sync().onDelta(delta);
        } else if (delta.hasIds()) {
            keep(book, part, delta);
        }
    }

    private void keep(VenueBook book, Part part, Delta delta) {
        if (part.waiting.size() >= MAX_WAITING) {
            restart(book, part);
            return;
        }
        part.waiting.add(delta.copy());
        join(book, part);
    }

    /** The younger's changes up to the book's id are inside it; the next must continue it. */
    private void join(VenueBook book, Part part) {
        BookSync sync = book.sync();
        if (!part.heardYounger || !sync.isChained()) {
            return;
        }
        while (!part.waiting.isEmpty() && part.waiting.peek().lastId() <= sync.seq()) {
            part.waiting.remove();
        }
        if (part.waiting.isEmpty() || sync.continues(part.waiting.peek())) {
            moved(part);
            part.waiting.forEach(sync::onDelta);
            part.waiting.clear();
        }
    }

    private void moved(Part part) {
        part.isMoved = true;
        left--;
    }

    /** A book of which neither socket has told anything for a while has the same state on both. */
    void tick(long nowMs) {
        if (subscribedAtMs < 0 || nowMs - subscribedAtMs < QUIET_MS) {
            return;
        }
        parts.forEach((book, part) -> {
            boolean isQuiet = !part.heardYounger && part.heardOlderAtMs < subscribedAtMs;
            if (!part.isMoved && isQuiet && book.sync().isChained()) {
                moved(part);
            }
        });
    }

    boolean isDone() {
        return left == 0 && subscribedAtMs >= 0;
    }

    /** The older one is gone: what has not moved begins anew. */
    void finish() {
        parts.forEach((book, part) -> {
            if (!part.isMoved) {
                restart(book, part);
            }
        });
    }

    private void restart(VenueBook book, Part part) {
        moved(part);
        restarted++;
        book.sync().onSubscribed();
        part.waiting.forEach(book.sync()::onDelta);
        part.waiting.clear();
    }

    /** Books that could not be moved without beginning anew. */
    int restarted() {
        return restarted;
    }
}
