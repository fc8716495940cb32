package dev.relay.sidecar.order;

import dev.relay.sidecar.journal.JournalState;
import dev.relay.sidecar.journal.SqliteJournal;
import dev.relay.sidecar.net.EventLoops;
import dev.relay.sidecar.net.RestClient;
import dev.relay.sidecar.net.WsTransport;
import dev.relay.sidecar.order.redis.OrderProjection;
import dev.relay.sidecar.order.redis.UnlessFenced;
import dev.relay.sidecar.risk.Marks;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;

/**
 * Wires the order half of the sidecar and starts its threads: "orders" (executor and order socket's writer), "journal",
 * "orders-redis", "orders-bus" and one event loop. Requests may come from any thread, see {@link OrderRequests} for their
 * form and {@link RequestDesk} for what becomes of them.
 *
 * <p>Bounded: see {@link PlaceAdmission} for places; {@link #isPaused} tells when to stop taking more from the bus.
 */
public final class OrderSide implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OrderSide.class);
    private static final String KILLED_BY_FILE = "file " + OrderConfig.KILL_FILE;
    private static final String CRASHED = "critical error: the order thread stopped";
    private static final long TICK_MS = 10;
    private static final long FACTS_EVERY_TICKS = 10;
    private static final long PRUNE_EVERY_TICKS = 360_000; // at the start and each hour

    private final OrderConfig config;
    private final OrderClock clock = OrderClock.system();
    private final PlaceAdmission admission = PlaceAdmission.defaults();
    private final MultiThreadIoEventLoopGroup io;
    private final OrderLoop loop;
    private final SqliteJournal journal;
    private final KeptFacts kept;
    private final KillGate gate;
    private final EventFeed redisFeed;
    private final EventFeed busFeed;
    private final OrderProjection projection;
    private final VenueOrders gateway;
    private final OrderExecutor executor;
    private final OwedAnswers answers = new OwedAnswers();
    private final RequestDesk desk;
    private volatile OrderFacts facts = OrderFacts.NONE;
    private volatile long looks;
    private volatile Map<String, Object> budgetLeft;
    private volatile Map<String, Object> venueFacts;
    private long ticks;

    private OrderSide(
            OrderConfig config,
            OrderBus bus,
            Supplier<Connection> redis,
            Marks marks,
            BooleanSupplier isFenced,
            Runnable onCrash) {
        this.config = config;
        this.loop = new OrderLoop(TICK_MS, this::tick, () -> onCrashed(onCrash));
        this.journal =
                SqliteJournal.open(config.dataDir(), config.account(), loop, loop::executeUrgent, this::onCommitted);
        this.kept = new KeptFacts(journal);
        JournalState state = journal.state();
        requireSymbolsOf(state);
        this.io = EventLoops.single("orders-io");
        this.gate = new KillGate(
                state.isKilled() || config.hasKillFile() || isUndecidedLive(),
                config.hasKillFile() ? KILLED_BY_FILE : kept.killReason());
        if (config.hasKillFile() && !state.isKilled()) {
            journal.saveKilled(true, KILLED_BY_FILE, () -> {}); // only a release ends it, not the file's end
        }
        this.projection = new OrderProjection(
                config.account(), state.journalId(), redis, () -> new JournalView(journal.reader()));
        this.redisFeed = feed("orders-redis", new UnlessFenced(projection, isFenced));
        this.busFeed = feed(
                "orders-bus",
                new BusSink(
                        config.account(),
                        state.journalId(),
                        bus,
                        kept::busCursor,
                        kept::busCursor,
                        alerts(state, bus)));
        this.gateway = config.venue()
                .open(new OrderVenue.Access(
                        config.instruments(),
                        clock,
                        loop,
                        new WsTransport(io.next()),
                        (base, timeoutMs) -> new RestClient(base, Duration.ofMillis(timeoutMs)),
                        kept.closedUntilMs(),
                        kept::closedUntil,
                        state.lastActMs(),
                        ThreadLocalRandom.current().nextLong()));
        this.budgetLeft = gateway.budgetLeft();
        this.venueFacts = gateway.facts();
        this.executor = new OrderExecutor(
                tracker(state),
                journal,
                gateway,
                gate,
                clock,
                new OrderExecutor.Rules(
                        config.limits(),
                        config.risk(),
                        marks,
                        kept.baseline(),
                        kept.anchors(),
                        config.cancelsAtStart()),
                state.cursors(),
                redisFeed::isUp,
                projection::offerBalances);
        this.desk = new RequestDesk(config, clock, loop, executor, gate, admission, answers, this::limits);
    }

    /** Opens the journal, rebuilds the state and starts; {@link #isLive} turns true once the venue agrees with it. */
    public static OrderSide start(OrderConfig config, OrderBus bus, Supplier<Connection> redis, Marks marks) {
        return start(
                config,
                bus,
                redis,
                marks,
                () -> false,
                () -> LOG.error("the order side ended by itself; restart the sidecar"));
    }

    /**
     * As the short form.
     *
     * @param isFenced a newer sidecar writes to the same Redis; then no new orders are taken
     * @param onCrash runs when the thread "orders" met an unexpected exception and stopped; the process should end, and
     *     the next one begins killed
     */
    public static OrderSide start(
            OrderConfig config,
            OrderBus bus,
            Supplier<Connection> redis,
            Marks marks,
            BooleanSupplier isFenced,
            Runnable onCrash) {
        OrderSide side = new OrderSide(config, bus, redis, marks, isFenced, onCrash);
        side.redisFeed.start();
        side.busFeed.start();
        side.loop.execute(side.executor::start);
        side.loop.start();
        return side;
    }

    /** Nobody looks after the open orders any more: the next process cancels them before anything else. */
    private void onCrashed(Runnable onCrash) {
        gate.close(CRASHED);
        try {
            journal.saveKilled(true, CRASHED, () -> {});
        } finally {
            answers.endAll();
            onCrash.run();
        }
    }

    /** An order of a symbol that is not configured any more could be neither asked for nor cancelled. */
    private void requireSymbolsOf(JournalState state) {
        List<String> missing = state.openSymbols().stream()
                .filter(symbol -> config.instruments().stream()
                        .noneMatch(instrument -> instrument.symbol().equals(symbol)))
                .toList();
        if (!missing.isEmpty()) {
            journal.close();
            throw new IllegalArgumentException("orders are open in symbols that are not configured: " + missing
                    + "; configure them until the orders have ended");
        }
    }

    private OrderTracker tracker(JournalState state) {
        OrderTracker tracker = new OrderTracker(config.account(), config.instruments());
        state.orders().forEach(tracker::restoreOrder);
        state.fills().forEach(booked -> tracker.restoreFill(booked.fill(), booked.eventNo()));
        tracker.restoreEventNo(state.lastEventNo());
        return tracker;
    }

    private EventFeed feed(String name, EventSink sink) {
        return new EventFeed(name, sink, () -> new JournalView(journal.reader()), journal::lastCommittedEventNo);
    }

    /** Live orders begin killed: the first release is the operator's act. */
    private boolean isUndecidedLive() {
        if (!config.venue().isLive()) {
            return false;
        }
        LOG.warn("LIVE ORDERS: REAL MONEY account={} venue={}", config.account(), config.venue());
        return kept.isKillUndecided();
    }

    private BusAlerts alerts(JournalState state, OrderBus bus) {
        return new BusAlerts(
                config.account(),
                state.journalId(),
                bus,
                journal::reader,
                kept.alertCursor(),
                journal::discrepancyCount,
                kept::alertCursor);
    }

    private void onCommitted(OrderEvent event) {
        redisFeed.offer(event);
        busFeed.offer(event);
    }

    private void tick() {
        executor.tick();
        if (!gate.isClosed() && config.hasKillFile()) {
            executor.kill(KILLED_BY_FILE, ids -> LOG.warn("killed by file in_flight={}", ids));
        }
        if (ticks % PRUNE_EVERY_TICKS == 0) {
            journal.pruneAudit(clock.wallMs() - TimeUnit.DAYS.toMillis(config.auditDays()));
        }
        if (++ticks % FACTS_EVERY_TICKS == 1) {
            facts = executor.facts();
            budgetLeft = gateway.budgetLeft();
            venueFacts = gateway.facts();
            looks = ticks;
        }
    }

    /**
     * Answers a request of the bus.
     *
     * @param messageId 16 bytes; the client order id where the request names none, and {@code ttl_ms} counts from its time
     */
    public CompletableFuture<Map<String, Object>> onRequest(
            String kind, String sender, byte[] messageId, Map<String, Object> body) {
        return desk.onRequest(kind, sender, messageId, body);
    }

    /** What bounds new orders now; figures at most 100 ms old. */
    private Map<String, Object> limits(String agent) {
        OrderFacts now = facts;
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("ok", true);
        map.put("result", "limits");
        map.put("account", config.account());
        map.put("killed", gate.isClosed());
        map.put("kill_file", config.hasKillFile());
        map.put("kill_reason", gate.reason());
        map.put("live", now.isLive());
        map.put("equity", now.equity());
        map.put("day_baseline", now.dayBaseline());
        map.put("open_orders", now.openOrders());
        map.put("places_waiting", admission.waitingCount());
        map.put("risk", config.risk().toFields());
        map.put("budget", budgetLeft);
        map.put("places_left", executor.placesLeft(agent));
        return map;
    }

    /** Closes the gate at once, from any thread. The answer comes when no place can leave this process any more. */
    public CompletableFuture<Map<String, Object>> kill(String reason) {
        return desk.kill(reason);
    }

    /** Opens the gate again; refused while the kill file is there. */
    public CompletableFuture<Map<String, Object>> release(String reason) {
        return desk.release(reason);
    }

    /** The venue agrees with the tracker since the present connection began. */
    public boolean isLive() {
        return facts.isLive();
    }

    /** Stop taking places from the bus for now. */
    public boolean isPaused() {
        return admission.isPaused();
    }

    public boolean isKilled() {
        return gate.isClosed();
    }

    public boolean isJournalFailing() {
        return journal.isFailing();
    }

    /** The order thread has stopped for good. */
    public boolean isCrashed() {
        return loop.isCrashed();
    }

    /** The venue refuses this side's key: nothing can be placed or asked until an operator gives another. */
    public boolean isKeyRefused() {
        return Boolean.TRUE.equals(venueFacts.get(VenueOrders.KEY_REFUSED));
    }

    /** Facts for health and metrics, at most 100 ms old; names ending in _total only grow. Any thread. */
    public Map<String, Object> health() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("account", config.account());
        map.put("looks_total", looks);
        map.putAll(facts.toMap());
        budgetLeft.forEach((name, value) -> map.put("budget_" + name, value));
        map.putAll(venueFacts);
        map.put("killed", gate.isClosed());
        map.put("live_money", config.venue().isLive());
        map.put("crashed", loop.isCrashed());
        map.put("places_waiting", admission.waitingCount());
        map.put("places_paused", admission.isPaused());
        map.put("places_queue_full_total", admission.refusedCount());
        map.put("journal_failing", journal.isFailing());
        map.put("journal_waiting", journal.waitingCount());
        map.put("journal_commits_total", journal.commitCount());
        map.put("journal_failures_total", journal.failureCount());
        map.put("journal_unaudited_total", journal.unauditedCount());
        map.put("journal_event", journal.lastCommittedEventNo());
        map.put("redis_up", redisFeed.isUp());
        map.put("redis_event", redisFeed.deliveredEventNo());
        map.put("redis_failures_total", redisFeed.failureCount());
        map.put("redis_queue_full_total", redisFeed.overflowedCount());
        map.put("redis_republished_total", projection.republishCount());
        map.put("bus_up", busFeed.isUp());
        map.put("bus_event", busFeed.deliveredEventNo());
        map.put("bus_failures_total", busFeed.failureCount());
        map.put("bus_queue_full_total", busFeed.overflowedCount());
        map.put("inbox_highest", loop.expressHighest());
        return map;
    }

    /** Ends in the order that loses nothing: venue, executor, journal, then what reads the journal. */
    @Override
    public void close() {
        loop.execute(gateway::close);
        loop.close();
        journal.close();
        redisFeed.close();
        busFeed.close();
        answers.endAll();
        var unused = io.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
