package dev.relay.sidecar.simulation;

import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.ExchangeCore;
import dev.relay.exchange.api.LimitsConfig;
import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.CloseReason.Kind;
import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.KillGate;
import dev.relay.sidecar.order.OrderExecutor;
import dev.relay.sidecar.order.OrderFacts;
import dev.relay.sidecar.order.OrderLimits;
import dev.relay.sidecar.order.OrderRequest;
import dev.relay.sidecar.order.OrderResult;
import dev.relay.sidecar.order.OrderTracker;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.order.VenueOrders;
import dev.relay.sidecar.risk.RiskLimits;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * The real order side (executor, tracker, gateway) against the real exchange core on one thread in virtual time, with a
 * journal that outlives the sidecar's process. {@link OrderAgents} ask, {@link OrderVerdict} judges.
 */
final class OrderSimulation {
    static final String KEY = SimulatedVenue.KEY;
    static final String ACCOUNT = "paper";
    static final CloseReason RESET = new CloseReason(Kind.CONNECTION_LOST, 0, "reset");
    private static final long CALM_MS = 1_000;
    private static final long TICK_MS = 10;

    final SimulatedVenue venue;
    final List<Instrument> instruments;
    final VirtualTime time = new VirtualTime();
    final SplittableRandom random;
    final ExchangeCore exchange;
    final VirtualNetwork network;
    final VirtualJournal journal;
    final OrderVerdict verdict;
    final Map<String, Balance> balances = new TreeMap<>();
    private final long seed;
    private final OrderLimits limits;
    private Life life;
    private int processes;
    private boolean isTrading = true;
    private long skewMs;

    /** What one life of the sidecar holds in memory. */
    private final class Life implements Executor {
        final KillGate gate = new KillGate(journal.isKilled(), "simulation");
        final OrderTracker tracker;
        final VenueOrders gateway;
        final OrderExecutor executor;
        boolean isAlive = true;
        boolean wasLive;

        Life() {
            journal.open(this);
            tracker = journal.restore(ACCOUNT, instruments);
            gateway = venue.config()
                    .open(new OrderVenue.Access(
                            instruments,
                            time,
                            this,
                            network,
                            (base, timeoutMs) -> network.at(base),
                            Long.parseLong(journal.fact("closed", "0")),
                            until -> journal.saveFact("closed", Long.toString(until)),
                            journal.lastActMs(),
                            random.nextLong()));
            executor = new OrderExecutor(
                    tracker,
                    journal,
                    gateway,
                    gate,
                    time,
                    new OrderExecutor.Rules(limits, RiskLimits.off(), symbol -> null, null, journal.anchors(), false),
                    journal.cursors(),
                    () -> true,
                    this::onBalances);
        }

        private void onBalances(Collection<Balance> changed) {
            changed.forEach(balance -> balances.put(balance.asset(), balance));
        }

        @Override
        public void execute(Runnable task) {
            time.execute(() -> {
                if (isAlive) {
                    task.run();
                }
            });
        }

        void tick() {
            executor.tick();
            if (executor.isLive() && !wasLive) {
                verdict.onLive();
            }
            wasLive = executor.isLive();
        }
    }

    OrderSimulation(long seed) {
        this(SimulatedVenue.BINANCE, seed);
    }

    OrderSimulation(SimulatedVenue venue, long seed) {
        this(
                venue,
                seed,
                LimitsConfig.BINANCE,
                new OrderLimits(1_000, 10_000, 200, 5_000, 15_000, 10_000, 1_000, 2_000));
    }

    OrderSimulation(SimulatedVenue venue, long seed, LimitsConfig venueLimits, OrderLimits limits) {
        this.venue = venue;
        this.instruments = venue.instruments();
        this.seed = seed;
        this.limits = limits;
        this.random = new SplittableRandom(seed);
        this.exchange = new ExchangeCore(
                ExchangeConfig.defaults()
                        .withSeed(seed)
                        .withLimits(venueLimits)
                        .withAccounts(List.of(venue.account()))
                        .withSymbols(venue.symbols()),
                time);
        this.network = new VirtualNetwork(time, exchange, new ExchangePeer(exchange, false), seed + 1, () -> {});
        this.journal = new VirtualJournal(time, seed + 2);
        this.verdict = new OrderVerdict(this);
        this.life = new Life();
    }

    /** Opens the exchange and the sidecar and waits until it is LIVE. */
    void start() {
        exchange.open();
        time.every(20, () -> {
            if (isTrading) {
                exchange.flowStep();
            }
        });
        time.every(1_000, exchange::flushSlow);
        network.observe(verdict::onSending);
        life.executor.start();
        time.every(TICK_MS, () -> {
            if (life.isAlive) {
                life.tick();
            }
        });
        time.runUntil(1_000);
        verdict.require(isLive(), "not LIVE after a second");
    }

    void run(long ms) {
        time.runUntil(time.monotonicMs() + ms);
    }

    void later(long delayMs, Runnable task) {
        time.schedule(task, delayMs);
    }

    void ask(OrderRequest request, Consumer<OrderResult> done) {
        life.executor.handle(request, done);
    }

    void kill(Consumer<List<String>> done) {
        life.gate.close("simulation");
        life.executor.kill("simulation", done);
    }

    /** kill -9 and a new process some time later; what it was asked stays without an answer. */
    void restartSidecar(long downMs) {
        life.isAlive = false;
        network.endProcess();
        verdict.onRestart();
        time.schedule(
                () -> {
                    processes++;
                    life = new Life();
                    life.executor.start();
                },
                downMs);
    }

    /** The exchange's process is gone for a while; what it had accepted it still has. */
    void restartExchange(long downMs) {
        network.unreachableFor(downMs);
        network.cutAll(RESET);
    }

    /** The venue's clock jumps ahead of this machine's. */
    void skew(long ms) {
        skewMs += ms;
        exchange.skew(skewMs);
    }

    boolean isAlive() {
        return life.isAlive;
    }

    boolean isLive() {
        return life.isAlive && life.executor.isLive();
    }

    boolean isKilled() {
        return life.gate.isClosed();
    }

    OrderTracker tracker() {
        return life.tracker;
    }

    OrderFacts facts() {
        return life.executor.facts();
    }

    Map<String, Object> budget() {
        return new HashMap<>(life.gateway.budgetLeft());
    }

    int restarts() {
        return processes;
    }

    /** Nothing is open between sidecar and venue any more. */
    boolean isSettled() {
        OrderFacts facts = facts();
        return isLive()
                && facts.doubts() == 0
                && facts.cancelsWaiting() == 0
                && life.tracker.openOrders().stream()
                        .allMatch(order -> order.state().isAcknowledged()
                                && order.pending().isEmpty()
                                && !order.hasMissingFills());
    }

    /** What the run did wrong, judged after everything came to rest within the time of the venue. */
    List<String> settle() {
        return settle(venue.settleMs);
    }

    /** What the run did wrong, judged after everything came to rest within {@code mostMs}. */
    List<String> settle(long mostMs) {
        exchange.clearOrderFaults();
        network.loseNextSends(0);
        long endMs = time.monotonicMs() + mostMs;
        while (time.monotonicMs() < endMs && !isSettled()) {
            run(250);
        }
        if (!isSettled()) {
            verdict.require(false, "not settled after ms=" + mostMs + " facts=" + facts());
        }
        isTrading = false; // what others trade in the last moment could not be booked any more
        run(Math.max(CALM_MS, venue.balancesMs));
        verdict.require(
                network.forbiddenRequests() == 0,
                "requests before the time that the venue named: " + network.forbiddenRequests());
        verdict.require(verdict.sentCount() >= 5, "too few orders: " + verdict.sentCount());
        return verdict.judge().stream()
                .map(what -> venue + " seed=" + seed + " " + what)
                .toList();
    }
}
