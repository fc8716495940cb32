package dev.relay.client.redis;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;

/**
 * Where a Redis is: {@code unix:/path/to/socket}, {@code redis://[user:password@]host:port[/db]} or {@code host:port}.
 * Immutable, any thread.
 */
public final class RedisAddress {
    private static final int DEFAULT_PORT = 6379;
    private static final String UNIX = "unix:";

    private final @Nullable Path socket;
    private final @Nullable HostAndPort host;
    private final @Nullable String userInfo;
    private final int database;

    private RedisAddress(@Nullable Path socket, @Nullable HostAndPort host, @Nullable String userInfo, int database) {
        this.socket = socket;
        this.host = host;
        this.userInfo = userInfo;
        this.database = database;
    }

    /** A Unix socket. */
    public static RedisAddress unix(Path socket) {
        return new RedisAddress(socket, null, null, 0);
    }

    /** Reads one of these forms; IllegalArgumentException when it is none. */
    public static RedisAddress parse(String text) {
        if (text.startsWith(UNIX)) {
            return unix(Path.of(text.substring(UNIX.length())));
        }
        if (text.startsWith("/")) {
            return unix(Path.of(text));
        }
        URI uri = URI.create(text.contains("://") ? text : "redis://" + text);
        if (!"redis".equals(uri.getScheme()) || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "Redis address must be unix:/path, redis://host:port or host:port, address=" + text);
        }
        int port = uri.getPort() > 0 ? uri.getPort() : DEFAULT_PORT;
        String path = uri.getPath() == null ? "" : uri.getPath().replace("/", "");
        return new RedisAddress(
                null,
                new HostAndPort(uri.getHost(), port),
                uri.getUserInfo(),
                path.isEmpty() ? 0 : Integer.parseInt(path));
    }

    /** Opens a connection; a read that takes longer than {@code timeoutMs} fails with a connection error. */
    public Connection connect(int timeoutMs) {
        JedisClientConfig config = config(timeoutMs);
        if (socket != null) {
            return new Connection(() -> UnixSocket.connect(socket), config);
        }
        return new Connection(host, config);
    }

    private JedisClientConfig config(int timeoutMs) {
        DefaultJedisClientConfig.Builder builder = DefaultJedisClientConfig.builder()
                .resp2()
                .autoNegotiateProtocol(false)
                .database(database)
                .connectionTimeoutMillis(timeoutMs)
                .socketTimeoutMillis(timeoutMs);
        if (userInfo != null) {
            int colon = userInfo.indexOf(':');
            if (colon > 0) {
                builder.user(userInfo.substring(0, colon));
            }
            builder.password(userInfo.substring(colon + 1));
        }
        return builder.build();
    }

    /** The address without user and password, as {@link #parse} reads it. */
    @Override
    public String toString() {
        return socket != null ? UNIX + socket : "redis://" + host + (database == 0 ? "" : "/" + database);
    }
}
