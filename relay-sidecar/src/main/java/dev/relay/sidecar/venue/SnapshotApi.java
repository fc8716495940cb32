package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.net.RestResponse;
import java.io.IOException;
import java.util.List;

/** Whole books over REST. Stateless; feed thread. */
public interface SnapshotApi {
    /** Levels a side that may be asked for, most first. */
    List<Integer> limits();

    /** Request weight of one snapshot of so many levels. */
    int weight(int limit);

    /** Path and query of one snapshot. */
    String path(Instrument instrument, int limit);

    /** Request weight used in this window by the venue's own count, negative when the answer does not say. */
    int usedWeight(RestResponse answer);

    /** The book with its id. A number outside the scale or a missing field is an IOException. */
    Delta read(byte[] body, Instrument instrument) throws IOException;
}
