package dev.relay.sidecar.simulation;

import dev.relay.exchange.api.DepthFault;
import dev.relay.exchange.http.RestAnswer;
import dev.relay.exchange.http.RestRequest;
import dev.relay.exchange.stream.Outlet;
import dev.relay.exchange.stream.SocketSession;
import org.jspecify.annotations.Nullable;

/** The venue's side of a simulation: who answers requests and sockets, and to whose messages faults happen. */
interface Peer {
    @Nullable
    SocketSession open(String path, Outlet outlet);

    RestAnswer rest(RestRequest request);

    /** Every 100 ms: tells what has changed. */
    void flush();

    /** Every second. */
    void beat();

    /** Happens to the symbol's next book message. */
    void fault(String symbol, DepthFault fault);

    /** Those who listen now hear nothing any more, though their connections live on. */
    void mute();

    /** Those who listen now hear nothing of this symbol any more. */
    void mute(String symbol);
}
