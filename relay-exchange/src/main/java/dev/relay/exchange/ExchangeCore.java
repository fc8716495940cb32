package dev.relay.exchange;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.alpaca.AlpacaApi;
import dev.relay.exchange.alpaca.AlpacaUpdates;
import dev.relay.exchange.api.Authenticator;
import dev.relay.exchange.api.DepthFault;
import dev.relay.exchange.api.ExchangeApi;
import dev.relay.exchange.api.Faults;
import dev.relay.exchange.api.MarketShapes;
import dev.relay.exchange.api.RateLimits;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.flow.OrderFlow;
import dev.relay.exchange.http.RestAnswer;
import dev.relay.exchange.http.RestGateway;
import dev.relay.exchange.http.RestRequest;
import dev.relay.exchange.http.SessionFactory;
import dev.relay.exchange.keep.AccountLog;
import dev.relay.exchange.kraken.KrakenExecutions;
import dev.relay.exchange.kraken.KrakenPrivate;
import dev.relay.exchange.market.ExchangeClock;
import dev.relay.exchange.market.Listeners;
import dev.relay.exchange.market.Venue;
import dev.relay.exchange.stream.KrakenHub;
import dev.relay.exchange.stream.Outlet;
import dev.relay.exchange.stream.SocketSession;
import dev.relay.exchange.stream.StreamHub;
import dev.relay.exchange.stream.UserEventFaults;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The exchange without sockets, threads and timers: engine, accounts, limits, sessions, house flow and faults. Whoever
 * drives it gives it time and carries its messages: {@link RelayExchange} on real sockets, tests in virtual time. Called
 * by one thread at a time.
 */
public final class ExchangeCore implements SessionFactory {
    private static final int STALE_LEVELS = 1_000;

    private final SkewedClock clock;
    private final Faults faults = new Faults();
    private final OrderFaults orderFaults;
    private final StreamHub hub;
    private final Venue venue;
    private final Truth truth;
    private final RateLimits limits;
    private final OrderFlow flow;
    private final RestGateway rest;
    private final KrakenHub kraken;
    private final Sessions sessions;
    private final @Nullable AccountLog log;
    private final AlpacaUpdates alpacaUpdates;
    private final AlpacaApi alpaca;
    private final KrakenExecutions krakenExecutions;
    private final KrakenPrivate krakenPrivate;

    public ExchangeCore(ExchangeConfig config, ExchangeClock given) {
        this.clock = new SkewedClock(given);
        UserEventFaults userEvents = new UserEventFaults();
        this.hub = new StreamHub(clock, faults, userEvents);
        this.orderFaults = new OrderFaults(faults, hub, userEvents, this::cutUserStreams);
        Path dataDir = config.dataDir();
        this.log = dataDir == null ? null : new AccountLog(dataDir);
        this.alpacaUpdates = new AlpacaUpdates(userEvents);
        this.krakenExecutions = new KrakenExecutions(userEvents);
        this.venue = new Venue(clock, config.commission(), config.symbols(), listeners());
        this.limits = new RateLimits(config.limits(), clock);
        hub.attach(venue.markets(), limits);
        config.accounts().forEach(account -> openAccount(config, account));
        this.flow = new OrderFlow(venue, config.seed());
        ExchangeApi api = new ExchangeApi(venue, limits, faults);
        Authenticator authenticator = new Authenticator(venue);
        this.truth = new Truth(venue);
        this.rest = new RestGateway(api, authenticator, clock);
        this.kraken = new KrakenHub(clock, faults, venue.markets());
        this.alpaca = new AlpacaApi(venue, faults, alpacaUpdates);
        this.krakenPrivate = new KrakenPrivate(venue, faults, krakenExecutions);
        this.sessions = new Sessions(hub, kraken, api, authenticator, clock, alpacaUpdates, venue, krakenPrivate);
    }

    /** What is kept comes first: nobody is told what could still be lost. */
    private Listeners listeners() {
        AccountLog kept = log;
        return new Listeners(
                kept == null
                        ? List.of(hub, alpacaUpdates, krakenExecutions)
                        : List.of(kept, hub, alpacaUpdates, krakenExecutions));
    }

    private void openAccount(ExchangeConfig config, AccountConfig account) {
        Account opened = venue.accounts().open(account.name(), false, account.isFeeFree());
        account.balances().forEach((asset, amount) -> opened.balance(asset).credit(Scaled.of(amount)));
        config.symbols().forEach(symbol -> {
            opened.balance(symbol.baseAsset());
            opened.balance(symbol.quoteAsset());
        });
        venue.accounts().addKey(opened, account.key());
    }

    /** Fills the books; once, behind {@link #restore}. */
    public void open() {
        flow.open();
    }

    /** One decision of the house. */
    public void flowStep() {
        flow.step();
    }

    /** To be called every 100 ms. */
    public void flushFast() {
        hub.flushFast();
        kraken.flush();
    }

    /** Alpaca's trading day ends: its day orders expire. */
    public void closeTradingDay() {
        alpaca.closeTradingDay();
    }

    /** To be called every 1000 ms. */
    public void flushSlow() {
        alpaca.lookAtTheClock();
        hub.flushSlow();
        kraken.heartbeat();
        krakenPrivate.lookAtTheClock();
    }

    /** Brings back what a former life kept; once, first. */
    public void restore() {
        if (log != null) {
            log.restore(venue);
        }
    }

    /** Nothing is kept any more; last. */
    void close() {
        if (log != null) {
            log.close();
        }
    }

    public RestAnswer rest(RestRequest request) {
        if (request.path().startsWith(KrakenPrivate.PREFIX)) {
            return krakenPrivate.answer(request);
        }
        return request.path().startsWith(AlpacaApi.PREFIX) ? alpaca.answer(request) : rest.answer(request);
    }

    @Override
    public @Nullable SocketSession open(String path, String rawQuery, String ip, Outlet outlet) {
        return sessions.open(path, rawQuery, ip, outlet);
    }

    /** Counts a connection attempt; false when the address made too many. */
    public boolean admitConnect(String ip) {
        return limits.admitConnect(ip);
    }

    public BookView book(String symbol, int depth) {
        return truth.book(symbol, depth);
    }

    /** All fills of the key's account, oldest first. */
    public List<Trade> tradesOf(String apiKey) {
        return truth.tradesOf(apiKey);
    }

    public Map<String, BalanceView> balancesOf(String apiKey) {
        return truth.balancesOf(apiKey);
    }

    public List<OpenOrder> openOrdersOf(String apiKey) {
        return truth.openOrdersOf(apiKey);
    }

    /** Open and ended orders of the key's account, as they stand. */
    public List<OpenOrder> ordersOf(String apiKey) {
        return truth.ordersOf(apiKey);
    }

    /** Fault of the order side by its name, see {@link OrderFaults}; false when it is none. */
    public boolean orderFault(String name) {
        return orderFaults.strike(name);
    }

    /** No fault of the order side waits any more. */
    public void clearOrderFaults() {
        faults.clearOrders();
        orderFaults.strike("events-none");
    }

    private void cutUserStreams() {
        hub.cutUserStreams();
        alpacaUpdates.cut();
        krakenExecutions.cut();
    }

    /** Fault: the venue's clock is so much ahead of this machine's, or behind. */
    public void skew(long ms) {
        clock.skew(ms);
    }

    /** Fault: the next question for open orders gets those of now. */
    public void oldOpenOrders(String apiKey) {
        faults.answerOpenOrdersWith(Map.of(
                ExchangeApi.ROUTES,
                truth.openOrdersJson(apiKey),
                AlpacaApi.PREFIX,
                alpaca.openOrders(apiKey),
                KrakenPrivate.PREFIX,
                krakenPrivate.openOrders(apiKey)));
    }

    /** The house trades a share of this resting order now; nothing happens when it does not rest. */
    public void hit(String apiKey, String symbol, String clientOrderId, double share) {
        truth.hit(apiKey, symbol, clientOrderId, share);
    }

    /** An order that the account's owner places by hand: LIMIT, good till cancelled, with an id of the venue. */
    public void manualOrder(String apiKey, String symbol, String side, String price, String qty) {
        truth.manualOrder(apiKey, symbol, side, price, qty);
    }

    /** Every open order of the account is ended by the venue, as some do for maintenance. */
    public void cancelAllOf(String apiKey) {
        truth.cancelAllOf(apiKey);
    }

    /** Fault: happens to the symbol's next 100 ms depth event. */
    public void fault(String symbol, DepthFault fault) {
        faults.next(venue.market(symbol).symbol(), fault);
    }

    /** Fault: happens to the symbol's next message on Kraken's book channel. */
    public void krakenFault(String symbol, DepthFault fault) {
        faults.next(KrakenHub.faultKey(venue.market(symbol)), fault);
    }

    /** Fault: the symbol's update ids begin again at 1, as after a relisting; all changes before it are told first. */
    public void restartIds(String symbol) {
        hub.flushFast();
        hub.flushSlow();
        venue.market(symbol).book().restartIds();
    }

    /** Fault: the next checksum on Kraken's book channel is wrong. */
    public void badChecksum(String symbol) {
        faults.spoilNextChecksum(venue.market(symbol).symbol());
    }

    /** Fault: the next requests for this symbol's book are answered with the book as it is now. */
    public void staleSnapshots(String symbol, int times) {
        faults.answerDepthWith(
                venue.market(symbol).symbol(),
                MarketShapes.depth(venue.market(symbol).book(), STALE_LEVELS),
                times);
    }

    /** Fault: so many requests for a book fail with a server error. */
    public void failDepthRequests(int times) {
        faults.failNextDepthRequests(times);
    }

    /** Fault: all request weight of this minute is used. */
    public void exhaustWeight(String ip) {
        limits.exhaust(ip);
    }

    /** Somebody else behind the same address uses this much request weight now. */
    public void useWeight(String ip, int weight) {
        limits.charge(ip, weight);
    }

    public int usedWeight(String ip) {
        return limits.usedWeight(ip);
    }

    /** Requests, connections and orders refused for a limit. */
    public long limitedCount() {
        return limits.refusedCount() + krakenPrivate.refusedCount() + alpaca.refusedCount();
    }

    /** Fault: another process uses so many of Alpaca's 200 requests of this minute; returns how many are used now. */
    public int useAlpaca(String apiKey, int count) {
        return alpaca.use(apiKey, count);
    }

    /** Fault: Kraken's REST refuses every private request for so long. */
    public void lockOutKraken(long ms) {
        krakenPrivate.lockOut(ms);
    }

    /** Fault: the address is banned. */
    public void ban(String ip, long ms) {
        limits.ban(ip, ms);
    }

    /** Fault: connections stay open and are pinged, but those who listen now hear nothing any more. */
    public void mute() {
        hub.muteAll();
        kraken.muteAll();
    }

    /** Fault: those who listen now hear nothing of this symbol any more, though they do of others. */
    public void mute(String symbol) {
        hub.mute(venue.market(symbol));
        kraken.mute(venue.market(symbol));
    }

    /** Fault: this key is no longer valid. Returns how to make it valid again. */
    public Runnable revokeKey(String apiKey) {
        Runnable restore = venue.accounts().revokeKey(apiKey);
        if (restore == null) {
            throw new IllegalArgumentException("no such key");
        }
        return restore;
    }

    /** Profile: the price falls by about a fifth in a thousand hectic steps. */
    public void crash(String symbol, int steps) {
        flow.crash(venue.market(symbol).symbol(), steps);
    }

    Faults faults() {
        return faults;
    }

    StreamHub hub() {
        return hub;
    }

    Venue venue() {
        return venue;
    }

    Truth truth() {
        return truth;
    }

    RateLimits limits() {
        return limits;
    }

    OrderFlow flow() {
        return flow;
    }

    ExchangeClock clock() {
        return clock;
    }
}
