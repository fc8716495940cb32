package dev.relay.client.redis;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * A reader's one connection. Trouble is thrown as it is, and the next use opens a new connection, so a reader outlives its Redis. One thread.
 */
final class RedisLink implements AutoCloseable {
    private static final int TIMEOUT_MS = 2_000;

    private final RedisAddress address;
    private @Nullable Connection connection;

    /** Connects at once: a wrong address shows here. */
    RedisLink(RedisAddress address) {
        this.address = address;
        this.connection = address.connect(TIMEOUT_MS);
    }

    <T> T use(Function<Connection, T> read) {
        Connection open = connection;
        if (open == null) {
            open = address.connect(TIMEOUT_MS);
            connection = open;
        }
        try {
            return read.apply(open);
        } catch (JedisConnectionException broken) {
            close();
            throw broken;
        }
    }

    @Override
    public void close() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            open.close();
        }
    }
}
