package dev.relay.sidecar;

import dev.relay.sidecar.admin.Patience;
import dev.relay.sidecar.quality.QualityConfig;
import dev.relay.sidecar.redis.RedisLayout;
import dev.relay.sidecar.venue.VenueBooks;
import dev.relay.sidecar.venue.binance.BinanceVenue;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settings of one sidecar process.
 *
 * @param venues where books are kept from; with more than one the key template must tell them apart
 * @param redis address of a Redis, null to start one of the sidecar's own
 * @param dataDir what must survive: the journal
 * @param runDir sockets and redis.json; short enough for a Unix socket path
 * @param adminPort loopback port, 0 picks one, -1 for none
 * @param busSocket the daemon's socket, null without a bus
 * @param depth published levels a side
 * @param keyTemplate see {@link RedisLayout}
 * @param patience when the health names what is silent
 * @param quality bounds of the last look at a book before readers get it
 */
public record SidecarConfig(
        List<VenueBooks> venues,
        @Nullable String redis,
        Path dataDir,
        Path runDir,
        int adminPort,
        @Nullable Path busSocket,
        int depth,
        String keyTemplate,
        QualityConfig quality,
        Patience patience) {
    public static final int DEFAULT_DEPTH = 100;
    /** Keys of a sidecar with several venues. */
    public static final String VENUES_TEMPLATE = "book:<VENUE>:<SYMBOL>";

    private static final int MAX_DEPTH = 5_000;

    public SidecarConfig {
        venues = List.copyOf(venues);
        if (venues.isEmpty()) {
            throw new IllegalArgumentException("no venue given");
        }
        if (venues.stream().map(books -> books.venue().name()).distinct().count() < venues.size()) {
            throw new IllegalArgumentException("a venue is named twice");
        }
        if (depth < 1 || depth > MAX_DEPTH) {
            throw new IllegalArgumentException("depth must be 1.." + MAX_DEPTH + ", depth=" + depth);
        }
        if (adminPort < -1 || adminPort > 65_535) {
            throw new IllegalArgumentException("adminPort must be -1..65535, adminPort=" + adminPort);
        }
    }

    /** Books only, default depth and keys, a Redis of its own, admin on a free port. */
    public static SidecarConfig of(List<VenueBooks> venues, Path dataDir, Path runDir) {
        String template = venues.size() > 1 ? VENUES_TEMPLATE : RedisLayout.DEFAULT_TEMPLATE;
        return new SidecarConfig(
                venues,
                null,
                dataDir,
                runDir,
                0,
                null,
                DEFAULT_DEPTH,
                template,
                QualityConfig.defaults(),
                Patience.usual());
    }

    /** The same for Binance Spot alone. */
    public static SidecarConfig of(URI rest, URI streams, List<String> symbols, Path dataDir, Path runDir) {
        return of(List.of(new VenueBooks(new BinanceVenue(rest, streams), symbols)), dataDir, runDir);
    }

    public SidecarConfig withRedis(@Nullable String address) {
        return new SidecarConfig(
                venues, address, dataDir, runDir, adminPort, busSocket, depth, keyTemplate, quality, patience);
    }

    public SidecarConfig withAdminPort(int port) {
        return new SidecarConfig(
                venues, redis, dataDir, runDir, port, busSocket, depth, keyTemplate, quality, patience);
    }

    public SidecarConfig withBusSocket(@Nullable Path socket) {
        return new SidecarConfig(
                venues, redis, dataDir, runDir, adminPort, socket, depth, keyTemplate, quality, patience);
    }

    public SidecarConfig withDepth(int levels) {
        return new SidecarConfig(
                venues, redis, dataDir, runDir, adminPort, busSocket, levels, keyTemplate, quality, patience);
    }

    public SidecarConfig withKeyTemplate(String template) {
        return new SidecarConfig(
                venues, redis, dataDir, runDir, adminPort, busSocket, depth, template, quality, patience);
    }

    public SidecarConfig withQuality(QualityConfig bounds) {
        return new SidecarConfig(
                venues, redis, dataDir, runDir, adminPort, busSocket, depth, keyTemplate, bounds, patience);
    }

    public SidecarConfig withPatience(Patience limits) {
        return new SidecarConfig(
                venues, redis, dataDir, runDir, adminPort, busSocket, depth, keyTemplate, quality, limits);
    }
}
