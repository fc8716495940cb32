package dev.relay.sidecar.replay;

import dev.relay.client.redis.RedisAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/** Makes a Redis take no writes for {@value #PAUSE_MS} of every {@value #EVERY_MS} ms, from a thread of its own. */
final class SlowedRedis implements AutoCloseable {
    private static final int PAUSE_MS = 40;
    private static final int EVERY_MS = 60;
    private static final int REPLY_TIMEOUT_MS = 5_000;

    private final RedisAddress address;
    private final Thread thread = new Thread(this::run, "bench-slow-redis");
    private volatile boolean isRunning = true;

    SlowedRedis(RedisAddress address) {
        this.address = address;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try (Connection redis = address.connect(REPLY_TIMEOUT_MS)) {
            while (isRunning) {
                redis.sendCommand(Command.CLIENT, "PAUSE", Integer.toString(PAUSE_MS), "WRITE");
                redis.getOne();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(EVERY_MS));
            }
        }
    }

    @Override
    public void close() {
        isRunning = false;
        LockSupport.unpark(thread);
    }
}
