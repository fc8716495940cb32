package dev.relay.sidecar;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.client.redis.RedisAddress;
import dev.relay.protocol.HealthScore.Deduction;
import dev.relay.protocol.OpenFiles;
import dev.relay.sidecar.admin.AdminAct;
import dev.relay.sidecar.admin.AdminAddress;
import dev.relay.sidecar.admin.AdminGuard;
import dev.relay.sidecar.admin.AdminHttp;
import dev.relay.sidecar.admin.AdminRead;
import dev.relay.sidecar.admin.Patience;
import dev.relay.sidecar.admin.RedisTimes;
import dev.relay.sidecar.admin.SidecarView;
import dev.relay.sidecar.admin.TradingReads;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.redis.BookSource;
import dev.relay.sidecar.redis.RedisLayout;
import dev.relay.sidecar.redis.RedisPublisher;
import dev.relay.sidecar.redis.RedisServerChild;
import dev.relay.sidecar.venue.FeedConfig;
import dev.relay.sidecar.venue.MarketFeed;
import dev.relay.sidecar.venue.VenueBooks;
import dev.relay.sidecar.venue.VenueFeed;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;

/** Wires and starts the sidecar's threads, and stops them in the opposite order. Holds no logic. */
public final class RelaySidecar implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<MarketFeed> feeds = new ArrayList<>();
    /** A Redis of its own, null when an address was given. */
    private final @Nullable RedisServerChild child;

    private final RedisPublisher redis;
    private final RedisAddress address;
    private final SidecarView view;
    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<SidecarPart> parts = new ArrayList<>();
    private final List<AutoCloseable> closing = new ArrayList<>();
    private final CompletableFuture<String> broken = new CompletableFuture<>();
    private int adminPort = -1;

    private RelaySidecar(SidecarConfig config) {
        SidecarClock clock = SidecarClock.system();
        String given = config.redis();
        child = given == null ? new RedisServerChild(config.runDir()) : null;
        address = child != null ? child.address() : RedisAddress.parse(String.valueOf(given));
        AtomicReference<@Nullable RedisPublisher> publisher = new AtomicReference<>();
        Runnable onChange = () -> {
            RedisPublisher current = publisher.get();
            if (current != null) {
                current.signal();
            }
        };
        for (VenueBooks books : config.venues()) {
            FeedConfig feed = FeedConfig.of(books.venue(), books.symbols(), config.depth())
                    .withQuality(config.quality());
            feeds.add(new VenueFeed(feed, clock, onChange));
        }
        closing.addAll(feeds);
        redis = publisher(config, clock);
        publisher.set(redis);
        view = new SidecarView(feeds, redis::status, config.patience(), OpenFiles::now, this::partDeductions);
        if (child != null) {
            closing.add(0, child);
        }
    }

    private RedisPublisher publisher(SidecarConfig config, SidecarClock clock) {
        List<BookSource> sources = feeds.stream()
                .map(feed -> new BookSource(new RedisLayout(feed.venue(), config.keyTemplate()), feed))
                .toList();
        RedisPublisher.ServerKeeper keeper = child != null ? child : () -> {};
        return new RedisPublisher(
                address,
                keeper,
                sources,
                clock,
                clock.wallMs(),
                config.depth(),
                RedisPublisher.DEFAULT_MAX_FLUSH_BYTES);
    }

    /**
     * Starts and returns when Redis is reachable and the threads run; books become LIVE later (see readyz).
     *
     * @throws IOException if a directory, socket or port cannot be used
     */
    public static RelaySidecar start(SidecarConfig config, SidecarPart.Factory... factories) throws IOException {
        RelaySidecar sidecar = new RelaySidecar(config);
        try {
            sidecar.run(config, factories);
            return sidecar;
        } catch (IOException | RuntimeException e) {
            sidecar.close();
            throw e;
        }
    }

    /** What is missing of the path, too: the folder above its own may be the daemon's, who refuses one that others can look into. */
    private static void createPrivate(Path directory) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private void run(SidecarConfig config, SidecarPart.Factory... factories) throws IOException {
        createPrivate(config.dataDir());
        createPrivate(config.runDir());
        if (child != null) {
            child.ensureRunning();
        }
        Connection first = RedisPublisher.connect(address);
        create(config, factories);
        writeRedisJson(config);
        redis.start(first);
        closing.add(redis);
        feeds.forEach(MarketFeed::start);
        for (SidecarPart part : parts) {
            closing.add(part);
            part.start();
        }
        if (config.adminPort() >= 0) {
            admin(config);
        }
    }

    private void create(SidecarConfig config, SidecarPart.Factory... factories) throws IOException {
        SidecarPart.Context context = new SidecarPart.Context(
                config,
                address,
                redis.epoch(),
                redis,
                new FeedMarks(feeds.get(0)),
                meters,
                SidecarClock.system(),
                view::health,
                broken::complete);
        redis.measure(new RedisTimes(meters));
        for (SidecarPart.Factory factory : factories) {
            parts.add(factory.create(context));
        }
    }

    private void admin(SidecarConfig config) throws IOException {
        AdminGuard guard = AdminGuard.of(config.dataDir());
        String account = parts.stream().map(SidecarPart::account).collect(Collectors.joining());
        TradingReads trading = new TradingReads(
                address, feeds.stream().map(MarketFeed::venue).toList(), config.keyTemplate(), account);
        closing.add(trading);
        Map<String, AdminRead> reads = new LinkedHashMap<>(trading.reads());
        parts.forEach(part -> reads.putAll(part.reads()));
        AdminHttp admin = AdminHttp.start(config.adminPort(), view, meters, guard, acts(), reads);
        closing.add(0, admin); // last to go, so that it says "draining" until the end
        adminPort = admin.port();
        Path bus = config.busSocket();
        if (bus != null && bus.toAbsolutePath().getParent() != null) {
            closing.add(AdminAddress.publish(bus.toAbsolutePath().getParent(), adminPort, guard));
        }
    }

    private void writeRedisJson(SidecarConfig config) throws IOException {
        Map<String, Object> layout = Map.of(
                "address", address.toString(),
                "template", config.keyTemplate(),
                "venues", feeds.stream().map(MarketFeed::venue).toList(),
                "depth", config.depth(),
                "epoch", redis.epoch(),
                "data_dir", config.dataDir().toAbsolutePath().toString());
        Path written = Files.write(config.runDir().resolve("redis.json.new"), JSON.writeValueAsBytes(layout));
        Files.move(
                written,
                config.runDir().resolve("redis.json"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private Map<String, AdminAct> acts() {
        Map<String, AdminAct> acts = new LinkedHashMap<>();
        parts.forEach(part -> acts.putAll(part.acts()));
        return acts;
    }

    private List<Deduction> partDeductions(Patience bounds) {
        return parts.stream().flatMap(part -> part.deductions(bounds).stream()).toList();
    }

    /** Where the books are. */
    public RedisAddress redisAddress() {
        return address;
    }

    /** The first venue's feed. */
    public MarketFeed feed() {
        return feeds.get(0);
    }

    public List<MarketFeed> feeds() {
        return List.copyOf(feeds);
    }

    public RedisPublisher redis() {
        return redis;
    }

    public SidecarView view() {
        return view;
    }

    /** Completes with the reason when a part cannot go on; whoever started this sidecar closes it and ends the process. */
    public CompletableFuture<String> broken() {
        return broken;
    }

    /** For the meters of the process that it runs in. */
    public MeterRegistry meters() {
        return meters;
    }

    /** The admin port in use, -1 without one. */
    public int adminPort() {
        return adminPort;
    }

    /** Stops in the opposite order of starting; a failure of one part does not keep the others running. */
    @Override
    public void close() {
        view.draining();
        RuntimeException failure = null;
        for (int i = closing.size() - 1; i >= 0; i--) {
            try {
                closing.get(i).close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new IllegalStateException("close failed", e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        closing.clear();
        if (failure != null) {
            throw failure;
        }
    }
}
