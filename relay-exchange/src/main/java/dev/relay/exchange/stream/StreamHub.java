package dev.relay.exchange.stream;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.api.DepthFault;
import dev.relay.exchange.api.Faults;
import dev.relay.exchange.api.RateLimits;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.market.ExchangeClock;
import dev.relay.exchange.market.Execution;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.PublicTrade;
import dev.relay.exchange.market.VenueListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who hears what: market stream subscribers by stream name, user data subscribers by account. Owned by the exchange
 * loop; holds no queue of its own, each event goes straight to the outlets.
 *
 * <p>Subscriptions are bounded per connection (1024 streams, and one per account), connections by the server.
 */
public final class StreamHub implements VenueListener {
    private final ExchangeClock clock;
    private final Faults faults;
    private final Map<Market, MarketFeed> feeds = new LinkedHashMap<>();
    private final Map<String, Set<Subscriber>> subscribers = new HashMap<>();
    private final Map<Account, Set<UserSubscription>> users = new HashMap<>();
    private final UserEventFaults userFaults;
    private @Nullable RateLimits limits;
    private long droppedDepthCount;

    public StreamHub(ExchangeClock clock, Faults faults, UserEventFaults userFaults) {
        this.clock = clock;
        this.faults = faults;
        this.userFaults = userFaults;
    }

    /** Called once while wiring: the markets to stream and the limits that a first fill relaxes. */
    public void attach(Collection<Market> markets, RateLimits rateLimits) {
        this.limits = rateLimits;
        for (Market market : markets) {
            feeds.put(market, new MarketFeed(market, this::publishTo));
        }
    }

    /** One account's events to one connection. */
    interface UserSubscription {
        void onUserEvent(byte[] event);
    }

    void subscribe(String stream, Subscriber subscriber) {
        subscribers.computeIfAbsent(stream, unused -> new LinkedHashSet<>()).add(subscriber);
    }

    void unsubscribe(String stream, Subscriber subscriber) {
        Set<Subscriber> listening = subscribers.get(stream);
        if (listening != null && listening.remove(subscriber) && listening.isEmpty()) {
            subscribers.remove(stream);
        }
    }

    void subscribeUser(Account account, UserSubscription subscription) {
        users.computeIfAbsent(account, unused -> new LinkedHashSet<>()).add(subscription);
    }

    void unsubscribeUser(Account account, UserSubscription subscription) {
        Set<UserSubscription> listening = users.get(account);
        if (listening != null && listening.remove(subscription) && listening.isEmpty()) {
            users.remove(account);
        }
    }

    /** Depth events dropped on purpose by fault injection. */
    public long droppedDepthCount() {
        return droppedDepthCount;
    }

    /** To be called every 100 ms. */
    public void flushFast() {
        feeds.values().forEach(feed -> feed.flushFast(clock.nowMs(), faultOf(feed)));
    }

    /** To be called every 1000 ms. */
    public void flushSlow() {
        feeds.values().forEach(feed -> feed.flushSlow(clock.nowMs()));
        userFaults.release();
    }

    @Override
    public void onLevel(Market market, Side side, long price, long qty, long updateId) {
        feed(market).onLevel(side, price, qty, updateId);
    }

    @Override
    public void onTrade(Market market, PublicTrade trade) {
        feed(market).onTrade(trade);
    }

    @Override
    public void onSettled(Market market) {
        feed(market).onSettled();
    }

    @Override
    public void onExecution(Execution execution) {
        releaseOrderCount(execution);
        tell(execution.account(), () -> UserEvents.executionReport(execution));
    }

    @Override
    public void onBalances(Account account, Set<String> assets, long timeMs) {
        tell(account, () -> UserEvents.accountPosition(account, assets, timeMs));
    }

    /** A fault waits until there is an event that it can happen to. */
    private @Nullable DepthFault faultOf(MarketFeed feed) {
        DepthFault fault =
                feed.hasFastChanges() ? faults.takeDepth(feed.market().symbol()) : null;
        droppedDepthCount += fault == DepthFault.GAP ? 1 : 0;
        return fault;
    }

    /** Fault: the user data streams open now are silent from here on, though their connections live and are pinged. */
    public void cutUserStreams() {
        users.clear();
    }

    /** Fault: says that the user data streams end, and ends them. */
    public void terminateUserStreams() {
        List.copyOf(users.keySet()).forEach(account -> tell(account, () -> UserEvents.terminated(clock.nowMs())));
        users.clear();
    }

    /** Fault: those who listen now hear no more market data, though their connections live on. */
    public void muteAll() {
        subscribers.clear();
    }

    /** Fault: those who listen now hear no more of this market. */
    public void mute(Market market) {
        String prefix = market.spec().streamName() + "@";
        subscribers.keySet().removeIf(stream -> stream.startsWith(prefix));
    }

    /** The first fill of an order takes it out of the unfilled order count. */
    private void releaseOrderCount(Execution execution) {
        boolean firstFill = execution.fill() != null
                && execution.fill().qty() == execution.order().executedQty();
        if (firstFill && limits != null) {
            limits.releaseOrder(execution.account());
        }
    }

    private void tell(Account account, Supplier<byte[]> event) {
        Set<UserSubscription> listening = users.get(account);
        if (listening == null) {
            return;
        }
        byte[] encoded = event.get();
        List.copyOf(listening).forEach(subscription -> userFaults.pass(() -> subscription.onUserEvent(encoded)));
    }

    private void publishTo(String stream, Supplier<byte[]> event) {
        Set<Subscriber> listening = subscribers.get(stream);
        if (listening == null) {
            return;
        }
        StreamMessage message = new StreamMessage(stream, event.get());
        List.copyOf(listening).forEach(subscriber -> subscriber.onEvent(message));
    }

    private MarketFeed feed(Market market) {
        MarketFeed feed = feeds.get(market);
        if (feed == null) {
            throw new IllegalStateException("market not attached: symbol=" + market.symbol());
        }
        return feed;
    }
}
