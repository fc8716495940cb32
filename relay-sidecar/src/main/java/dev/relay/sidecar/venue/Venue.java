package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.BookRules;
import dev.relay.sidecar.feed.AttemptBudget;
import dev.relay.sidecar.feed.LifeConfig;
import dev.relay.sidecar.net.Loop;
import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.Transport;
import dev.relay.sidecar.net.WsConfig;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Everything that differs between exchanges, behind the feed that is the same for all: where to connect, how to
 * subscribe, how to read frames, what proves a book, where snapshots come from, and what the venue's limits are.
 * Stateless; what a connection must remember is in its {@link StreamCodec}.
 */
public interface Venue {
    /** Name as in Redis keys and logs: BINANCE. */
    String name();

    /** Base of the REST API. */
    URI rest();

    /** Full URI of the market-data WebSocket. */
    URI stream();

    default WsConfig ws() {
        return WsConfig.defaults();
    }

    VenueLimits limits();

    /** When a connection counts as dead, mute or old. */
    default LifeConfig life() {
        return LifeConfig.defaults();
    }

    /** Connection attempts the venue allows from one address; a new one, to be shared by all connections of a feed. */
    default AttemptBudget attempts() {
        return new AttemptBudget(240, 300_000, 0);
    }

    BookRules rules(int publishedDepth);

    /** Loads what is traded; may use REST or a stream of its own. Ends on any thread, exceptionally when it failed. */
    CompletableFuture<InstrumentList> instruments(Access access, List<String> wanted);

    /** A reader and writer of messages for one new connection. */
    StreamCodec codec(int publishedDepth);

    /** How whole books are fetched over REST, null where they only come in the stream. */
    default @Nullable SnapshotApi snapshots() {
        return null;
    }

    /** What an adapter may use to load instruments. */
    record Access(RestCalls rest, Loop loop, Transport transport) {}
}
