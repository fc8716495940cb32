package dev.relay.sidecar.venue;

import dev.relay.sidecar.net.EventLoops;
import dev.relay.sidecar.net.Loop;
import dev.relay.sidecar.net.NettyLoop;
import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.RestClient;
import dev.relay.sidecar.net.Transport;
import dev.relay.sidecar.net.WsTransport;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** What a feed runs on: its thread, its ways to the venue, and how all that ends. */
public record FeedRuntime(Loop loop, Transport transport, RestCalls rest, Runnable onClose) implements AutoCloseable {
    private static final Duration REST_TIMEOUT = Duration.ofSeconds(10);

    /** One event loop with a thread of its own, and HTTP. */
    static FeedRuntime threaded(Venue venue) {
        MultiThreadIoEventLoopGroup group =
                EventLoops.single("sidecar-feed-" + venue.name().toLowerCase(Locale.ROOT));
        EventLoop loop = group.next();
        return new FeedRuntime(
                new NettyLoop(loop),
                new WsTransport(loop),
                new RestClient(venue.rest(), REST_TIMEOUT),
                () -> group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS));
    }

    @Override
    public void close() {
        rest.close();
        onClose.run();
    }
}
