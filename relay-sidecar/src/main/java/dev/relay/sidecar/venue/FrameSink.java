package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.Delta;

/** Receives what frames hold, in their order. Arguments are reused: valid during the call only. Feed thread. */
public interface FrameSink {
    void onDelta(VenueBook book, Delta delta);

    void onTicker(VenueBook book, Ticker ticker);

    void onTrade(VenueBook book, Trade trade);

    /** Market data of this book held a number outside its scale. */
    void onFault(VenueBook book);

    /** The connection's own numbering shows a lost message; called before what the frame itself holds. */
    void onGap();
}
