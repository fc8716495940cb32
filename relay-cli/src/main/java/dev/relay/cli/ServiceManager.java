package dev.relay.cli;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What systemd is told when it started this process with {@code Type=notify}: READY, a sign of life at a third of the watchdog's time,
 * STOPPING. Without {@code NOTIFY_SOCKET} nothing happens. One thread of its own, "service-manager"; the sign of life is that the process
 * runs, what it serves is judged by the readiness page.
 */
final class ServiceManager {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);
    private static @Nullable ServiceManager manager;

    private final Channel channel;

    private ServiceManager(Channel channel) {
        this.channel = channel;
    }

    static synchronized void ready() {
        manager = connect(System.getenv());
        if (manager != null) {
            manager.tell("READY=1");
            manager.watch(System.getenv("WATCHDOG_USEC"));
        }
    }

    static synchronized void stopping() {
        if (manager != null) {
            manager.tell("STOPPING=1");
        }
    }

    private static @Nullable ServiceManager connect(Map<String, String> environment) {
        String socket = environment.get("NOTIFY_SOCKET");
        if (socket == null || !Epoll.isAvailable()) {
            return null;
        }
        try {
            Channel channel = new Bootstrap()
                    .group(new MultiThreadIoEventLoopGroup(
                            1, new DefaultThreadFactory("service-manager", true), EpollIoHandler.newFactory()))
                    .channel(EpollDomainDatagramChannel.class)
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel created) {
                            // only writes
                        }
                    })
                    .connect(new DomainSocketAddress(name(socket)))
                    .syncUninterruptibly()
                    .channel();
            return new ServiceManager(channel);
        } catch (RuntimeException e) {
            LOG.warn("notify_failed error={}", e.toString());
            return null;
        }
    }

    /** An abstract socket is written with an at sign. */
    private static String name(String socket) {
        return socket.startsWith("@") ? '\0' + socket.substring(1) : socket;
    }

    private void watch(@Nullable String microseconds) {
        if (microseconds != null && microseconds.matches("[0-9]{1,18}")) {
            long everyUs = Math.max(1_000, Long.parseLong(microseconds) / 3);
            var unused = channel.eventLoop()
                    .scheduleAtFixedRate(() -> tell("WATCHDOG=1"), everyUs, everyUs, TimeUnit.MICROSECONDS);
        }
    }

    private void tell(String state) {
        channel.writeAndFlush(Unpooled.copiedBuffer(state, StandardCharsets.US_ASCII))
                .addListener(sent -> {
                    if (!sent.isSuccess()) {
                        LOG.warn("notify_failed state={} error={}", state, String.valueOf(sent.cause()));
                    }
                });
    }
}
