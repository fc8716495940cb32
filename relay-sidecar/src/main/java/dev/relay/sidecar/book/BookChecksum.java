package dev.relay.sidecar.book;

/** A venue's checksum over the top of a book. One instance per feed thread; may keep scratch space, allocates nothing. */
public interface BookChecksum {
    /** The value the venue would send for this book, compared as a long. */
    long of(Book book, Scale priceScale, Scale quantityScale);

    /** Levels a side that it covers. */
    int depth();
}
