package dev.relay.sidecar;

import dev.relay.sidecar.redis.RedisLayout;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settings of one sidecar process.
 *
 * @param rest base URI of the exchange's REST API
 * @param streams base URI of its market streams
 * @param wsApi full URI of its WebSocket API (orders), null without an order side
 * @param symbols books to keep; empty means all the venue lists
 * @param redis address of a Redis, null to start one of the sidecar's own
 * @param dataDir what must survive: the journal
 * @param runDir sockets and redis.json; short enough for a Unix socket path
 * @param adminPort loopback port, 0 picks one, -1 for none
 * @param busSocket the daemon's socket, null without a bus
 * @param depth published levels a side
 * @param keyTemplate see {@link RedisLayout}
 * @param minEpoch the journal's last epoch plus one; 0 without a journal
 */
public record SidecarConfig(
        URI rest,
        URI streams,
        @Nullable URI wsApi,
        List<String> symbols,
        @Nullable String redis,
        Path dataDir,
        Path runDir,
        int adminPort,
        @Nullable Path busSocket,
        int depth,
        String keyTemplate,
        long minEpoch) {
    public static final int DEFAULT_DEPTH = 100;
    private static final int MAX_DEPTH = 5_000;

    public SidecarConfig {
        symbols = List.copyOf(symbols);
        if (depth < 1 || depth > MAX_DEPTH) {
            throw new IllegalArgumentException("depth must be 1.." + MAX_DEPTH + ", depth=" + depth);
        }
        if (adminPort < -1 || adminPort > 65_535) {
            throw new IllegalArgumentException("adminPort must be -1..65535, adminPort=" + adminPort);
        }
    }

    /** Books only, default depth and keys, a Redis of its own, admin on a free port. */
    public static SidecarConfig of(URI rest, URI streams, List<String> symbols, Path dataDir, Path runDir) {
        return new SidecarConfig(
                rest,
                streams,
                null,
                symbols,
                null,
                dataDir,
                runDir,
                0,
                null,
                DEFAULT_DEPTH,
                RedisLayout.DEFAULT_TEMPLATE,
                0);
    }

    public SidecarConfig withRedis(@Nullable String address) {
        return new SidecarConfig(
                rest,
                streams,
                wsApi,
                symbols,
                address,
                dataDir,
                runDir,
                adminPort,
                busSocket,
                depth,
                keyTemplate,
                minEpoch);
    }

    public SidecarConfig withAdminPort(int port) {
        return new SidecarConfig(
                rest, streams, wsApi, symbols, redis, dataDir, runDir, port, busSocket, depth, keyTemplate, minEpoch);
    }

    public SidecarConfig withWsApi(@Nullable URI uri) {
        return new SidecarConfig(
                rest,
                streams,
                uri,
                symbols,
                redis,
                dataDir,
                runDir,
                adminPort,
                busSocket,
                depth,
                keyTemplate,
                minEpoch);
    }

    public SidecarConfig withBusSocket(@Nullable Path socket) {
        return new SidecarConfig(
                rest, streams, wsApi, symbols, redis, dataDir, runDir, adminPort, socket, depth, keyTemplate, minEpoch);
    }

    public SidecarConfig withMinEpoch(long epoch) {
        return new SidecarConfig(
                rest, streams, wsApi, symbols, redis, dataDir, runDir, adminPort, busSocket, depth, keyTemplate, epoch);
    }
}
