package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.Delta;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket that serves the books of one connection and, while it is being replaced, the younger one that takes them over
 * one by one. Feed thread only; two sockets at most.
 */
final class SocketPair {
    private static final Logger LOG = LoggerFactory.getLogger(SocketPair.class);

    private final String venue;
    private final int connection;
    private final List<VenueBook> books;
    private @Nullable FeedSocket serving;
    private @Nullable FeedSocket younger;
    private @Nullable Handover handover;

    SocketPair(String venue, int connection, List<VenueBook> books) {
        this.venue = venue;
        this.connection = connection;
        this.books = books;
    }

    void serveBy(FeedSocket socket) {
        serving = socket;
    }

    void replaceBy(FeedSocket socket) {
        younger = socket;
        handover = new Handover(books);
    }

    void close(int number) {
        FeedSocket next = younger;
        if (next != null && next.number() == number) {
            younger = null;
            handover = null;
            next.close();
            return;
        }
        FeedSocket current = serving;
        if (current != null && current.number() == number) {
            serving = null;
            current.close();
        }
    }

    /** The one that serves is gone, and no other takes over. */
    void lose() {
        serving = null;
    }

    /** The younger is subscribed too: books begin to move when the silence of one means something. */
    void onSubscribed(long nowMs) {
        Handover current = handover;
        if (current != null) {
            current.onSubscribed(nowMs);
        }
    }

    void onDelta(FeedSocket socket, VenueBook book, Delta delta, long nowMs) {
        Handover current = handover;
        if (current == null) {
            if (socket == serving) {
                book.sync().onDelta(delta);
            }
        } else if (socket == younger) {
            current.onYounger(book, delta);
        } else if (socket == serving) {
            current.onOlder(book, delta, nowMs);
        }
    }

    void tickYounger(long nowMs) {
        FeedSocket next = younger;
        if (next != null) {
            next.tick(nowMs);
        }
        Handover moving = handover;
        if (moving != null) {
            moving.tick(nowMs);
        }
    }

    /** The younger serves, once it has every book; whether it does so from this call on. */
    boolean swapWhenMoved() {
        Handover current = handover;
        boolean isDone = current != null && current.isDone();
        if (isDone) {
            swap();
        }
        return isDone;
    }

    /** The older is gone: the younger serves, and books that have not moved to it begin anew. */
    void swapNow() {
        Handover current = handover;
        if (current != null) {
            swap();
            current.finish();
        }
    }

    private void swap() {
        FeedSocket old = serving;
        serving = younger;
        younger = null;
        handover = null;
        LOG.info("handed_over venue={} connection={} books={}", venue, connection, books.size());
        if (old != null) {
            old.close();
        }
    }

    boolean isServing(FeedSocket socket) {
        return socket == serving;
    }

    @Nullable
    FeedSocket serving() {
        return serving;
    }

    boolean isHandingOver() {
        return handover != null;
    }

    /** The socket that this book is served by now, null while there is none. */
    @Nullable
    FeedSocket socketOf(VenueBook book) {
        Handover current = handover;
        return current != null && current.hasMoved(book) ? younger : serving;
    }
}
