package dev.relay.sidecar.net;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/** {@link Loop} on an event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // tasks report for themselves
public final class NettyLoop implements Loop {
    private final EventLoop loop;

    public NettyLoop(EventLoop loop) {
        this.loop = loop;
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(task);
    }

    @Override
    public void schedule(Runnable task, long delayMs) {
        loop.schedule(task, delayMs, TimeUnit.MILLISECONDS);
    }
}
