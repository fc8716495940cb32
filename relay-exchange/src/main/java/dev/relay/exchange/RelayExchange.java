package dev.relay.exchange;

import dev.relay.exchange.api.DepthFault;
import dev.relay.exchange.api.Faults;
import dev.relay.exchange.http.ExchangeServer;
import dev.relay.exchange.kraken.KrakenPrivate;
import dev.relay.exchange.market.ExchangeClock;
import dev.relay.exchange.market.Venue;
import dev.relay.exchange.stream.StreamHub;
import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running exchange. Wires the venue, its faces and its timers, and holds no rule itself.
 *
 * <p>One thread, {@code exchange-loop}, owns everything: engine, accounts, sessions, flow. The methods here may be
 * called from any thread; each posts to the loop and waits for the answer, at most {@link #ANSWER_TIMEOUT_MS}.
 */
public final class RelayExchange implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RelayExchange.class);

    static final long ANSWER_TIMEOUT_MS = 10_000;

    private static final long FLOW_TICK_MS = 10;
    private static final long FAST_DEPTH_MS = 100;
    private static final long SLOW_DEPTH_MS = 1000;
    private static final long BAN_MS = 120_000;
    private static final long SHUTDOWN_GRACE_MS = 5_000;
    private static final int STALE_ANSWERS = 2;
    private static final int CRASH_STEPS = 1_000;
    private static final int BURST_STEPS = 500;
    private static final long SKEW_MS = 8_000;
    private static final long DOWN_MS = 2_000;
    private static final String LOOPBACK = "127.0.0.1";
    private static final String FAULTS = "drop-depth, timeout-place, disconnect, disconnect-in-burst, shutdown, silent,"
            + " silent-symbol, stale-snapshot, server-error, bad-checksum, restart-ids, 429, 418, lockout, market-close, flash-crash, skew,"
            + " restart, " + OrderFaults.names();
    private static final String KRAKEN = "kraken-";

    private final ExchangeConfig config;
    private final MultiThreadIoEventLoopGroup loop;
    private final ExchangeCore core;
    private final Faults faults;
    private final StreamHub hub;
    private final Venue venue;
    private final Truth truth;
    private final ExchangeServer server;
    private final FlowTicker flow;
    private final LoopSwitches switches = new LoopSwitches();
    private final Channel listening;
    private final List<Future<?>> timers = new ArrayList<>();
    private volatile @Nullable Future<?> stopping;

    private RelayExchange(ExchangeConfig config, ExchangeClock clock) {
        this.config = config;
        this.core = new ExchangeCore(config, clock);
        this.hub = core.hub();
        this.venue = core.venue();
        this.truth = core.truth();
        this.faults = core.faults();
        this.flow = new FlowTicker(core.flow(), config.flowEventsPerSecond());
        this.server = new ExchangeServer(
                core::rest, new TruthRoutes(truth, switches), core, core.limits(), config.sessions(), core.clock());
        this.loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("exchange-loop"), ioHandler());
        this.listening = startOnLoop();
    }

    /** Starts an exchange on the machine's clock. Throws when the port cannot be bound; nothing is left running then. */
    public static RelayExchange start(ExchangeConfig config) {
        return start(config, System::currentTimeMillis);
    }

    /** As {@link #start(ExchangeConfig)}, on a clock of the caller's own. */
    static RelayExchange start(ExchangeConfig config, ExchangeClock clock) {
        return new RelayExchange(config, clock);
    }

    public int port() {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    public URI restUri() {
        return URI.create("http://" + config.host() + ":" + port());
    }

    /** Market streams; append {@code /ws/<stream>} or {@code /stream?streams=}. */
    public URI streamUri() {
        return URI.create("ws://" + config.host() + ":" + port());
    }

    public URI wsApiUri() {
        return URI.create("ws://" + config.host() + ":" + port() + "/ws-api/v3");
    }

    /** Alpaca's trading API; append {@code /v2/...}. Its stream is at the same path under {@code ws:}, {@code /stream}. */
    public URI alpacaUri() {
        return URI.create("http://" + config.host() + ":" + port() + "/alpaca");
    }

    /** Kraken's public WebSocket, version 2, over the same books. */
    public URI krakenUri() {
        return URI.create("ws://" + config.host() + ":" + port() + "/v2");
    }

    /** Kraken's private WebSocket; REST is at {@link #restUri}. */
    public URI krakenPrivateUri() {
        return URI.create("ws://" + config.host() + ":" + port() + KrakenPrivate.STREAM);
    }

    /** The exchange's own book, at most {@code depth} levels a side. */
    public BookView book(String symbol, int depth) {
        return onLoop(() -> truth.book(symbol, depth));
    }

    /** All fills of the key's account, oldest first. */
    public List<Trade> tradesOf(String apiKey) {
        return onLoop(() -> truth.tradesOf(apiKey));
    }

    public Map<String, BalanceView> balancesOf(String apiKey) {
        return onLoop(() -> truth.balancesOf(apiKey));
    }

    public List<OpenOrder> openOrdersOf(String apiKey) {
        return onLoop(() -> truth.openOrdersOf(apiKey));
    }

    /** Open and ended orders of the key's account, as they stand. */
    public List<OpenOrder> ordersOf(String apiKey) {
        return onLoop(() -> truth.ordersOf(apiKey));
    }

    /** The house trades a share of this resting order now; nothing happens when it does not rest. */
    public void hit(String apiKey, String symbol, String clientOrderId, double share) {
        runOnLoop(() -> core.hit(apiKey, symbol, clientOrderId, share));
    }

    /** An order placed by hand: LIMIT, good till cancelled, with an id of the venue. */
    public void manualOrder(String apiKey, String symbol, String side, String price, String qty) {
        runOnLoop(() -> core.manualOrder(apiKey, symbol, side, price, qty));
    }

    /** Somebody else behind this machine's address uses this much request weight now. */
    public void useWeight(int weight) {
        runOnLoop(() -> core.useWeight(LOOPBACK, weight));
    }

    public int usedWeight() {
        return onLoop(() -> core.usedWeight(LOOPBACK));
    }

    /** Requests, connections and orders refused for a limit. */
    public long limitedCount() {
        return onLoop(core::limitedCount);
    }

    /** No more house orders until {@link #resumeFlow()}; when this returns, none is under way. */
    public void pauseFlow() {
        runOnLoop(() -> flow.pause(true));
    }

    public void resumeFlow() {
        runOnLoop(() -> flow.pause(false));
    }

    /** Fault: the next 100 ms depth event of this symbol reaches nobody. */
    public void dropNextDepthEvent(String symbol) {
        runOnLoop(() -> faults.dropNextDepthEvent(symbol));
    }

    /** Fault by its name, as at {@code /relay/fault?kind=}; see {@link DepthFault} and the list in the refusal. */
    public void fault(String kind, String symbol) {
        runOnLoop(() -> switches.fault(kind, symbol));
    }

    /** Fault: the next accepted order is live but answered with -1007. */
    public void timeoutNextPlace() {
        runOnLoop(faults::timeoutNextPlace);
    }

    /** Fault: every WebSocket connection is cut without a close frame. */
    public void disconnectAll() {
        runOnLoop(server::disconnectAll);
    }

    /** Fault: this key is no longer valid. */
    public void revokeKey(String apiKey) {
        runOnLoop(() -> venue.accounts().revokeKey(apiKey));
    }

    public int connectionCount() {
        return onLoop(server::connectionCount);
    }

    /** Depth events that fault injection has kept from everyone. */
    public long droppedDepthCount() {
        return onLoop(hub::droppedDepthCount);
    }

    /** Says serverShutdown to every WebSocket peer, closes, and stops the loop. */
    @Override
    public void close() {
        if (loop.isShuttingDown() || stopping != null) {
            loop.terminationFuture().syncUninterruptibly();
            return;
        }
        timers.forEach(timer -> timer.cancel(false));
        runOnLoop(server::shutdownConnections);
        listening.close().syncUninterruptibly();
        runOnLoop(core::close);
        loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private Channel startOnLoop() {
        try {
            runOnLoop(core::restore);
            runOnLoop(core::open);
            Channel channel = server.bind(loop, config.host(), config.port());
            every(FLOW_TICK_MS, flow);
            every(FAST_DEPTH_MS, core::flushFast);
            every(SLOW_DEPTH_MS, core::flushSlow);
            return channel;
        } catch (RuntimeException notStarted) {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
            throw notStarted;
        }
    }

    /** A timer whose task fails stops the exchange: a venue that half works would be believed. */
    private void every(long periodMs, Runnable task) {
        Runnable guarded = () -> {
            try {
                task.run();
            } catch (RuntimeException fault) {
                LOG.error("exchange stopped reason=timer-failed", fault);
                stopping = loop.shutdownGracefully();
            }
        };
        timers.add(loop.scheduleAtFixedRate(guarded, periodMs, periodMs, TimeUnit.MILLISECONDS));
    }

    private static IoHandlerFactory ioHandler() {
        return Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    }

    private void runOnLoop(Runnable task) {
        onLoop(() -> {
            task.run();
            return true;
        });
    }

    private <T> T onLoop(Callable<T> question) {
        try {
            return loop.submit(question).get(ANSWER_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("the exchange could not answer", failed);
        } catch (TimeoutException late) {
            throw new IllegalStateException(
                    "the exchange did not answer in time: timeoutMs=" + ANSWER_TIMEOUT_MS, late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking the exchange", interrupted);
        }
    }

    /** The switches of the truth routes; these calls are on the loop already. */
    private final class LoopSwitches implements TruthRoutes.Switches {
        @Override
        public void pause(boolean paused) {
            flow.pause(paused);
        }

        @Override
        public boolean isPaused() {
            return flow.isPaused();
        }

        @Override
        public void fault(String kind, String symbol) {
            switch (kind) {
                case "drop-depth" -> core.fault(symbol, DepthFault.GAP);
                case "timeout-place" -> faults.timeoutNextPlace();
                case "disconnect" -> server.disconnectAll();
                case "disconnect-in-burst" -> burst();
                case "shutdown" -> announceShutdown();
                case "silent" -> core.mute();
                case "silent-symbol" -> core.mute(symbol);
                case "stale-snapshot" -> core.staleSnapshots(symbol, STALE_ANSWERS);
                case "server-error" -> core.failDepthRequests(STALE_ANSWERS);
                case "bad-checksum" -> core.badChecksum(symbol);
                case "restart-ids" -> core.restartIds(symbol);
                case "429" -> core.exhaustWeight(LOOPBACK);
                case "418" -> core.ban(LOOPBACK, BAN_MS);
                case "lockout" -> core.lockOutKraken(BAN_MS);
                case "market-close" -> core.closeTradingDay();
                case "flash-crash" -> core.crash(symbol, CRASH_STEPS);
                case "skew" -> core.skew(SKEW_MS);
                case "restart" -> server.goDown(DOWN_MS);
                default -> orderOrDepth(kind, symbol);
            }
        }

        private void orderOrDepth(String kind, String symbol) {
            if (kind.startsWith(KRAKEN)) {
                core.krakenFault(symbol, depthFault(kind.substring(KRAKEN.length())));
            } else if (!core.orderFault(kind)) {
                core.fault(symbol, depthFault(kind));
            }
        }

        private static DepthFault depthFault(String kind) {
            try {
                return DepthFault.valueOf(kind.replace('-', '_').toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException unknown) {
                throw new IllegalArgumentException(
                        "no such fault: kind=" + kind + "; one of " + FAULTS
                                + " or a depth fault, for Kraken's books with " + KRAKEN + " before it: "
                                + List.of(DepthFault.values()),
                        unknown);
            }
        }

        /** Half a second of flow at once, told in one event, and the end of every connection right behind it. */
        private void burst() {
            for (int i = 0; i < BURST_STEPS; i++) {
                core.flowStep();
            }
            hub.flushFast();
            server.disconnectAll();
        }

        /** Every peer is told, and cut a while later. */
        private void announceShutdown() {
            server.announceShutdown();
            timers.add(loop.schedule(server::disconnectAll, SHUTDOWN_GRACE_MS, TimeUnit.MILLISECONDS));
        }
    }
}
