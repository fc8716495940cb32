package dev.relay.exchange.api;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.ExchangeClock;
import dev.relay.exchange.market.Refusal;
import java.util.HashMap;
import java.util.Map;

/**
 * Request weight and connection attempts per address, unfilled orders per account; windows aligned to the wall clock.
 * Owned by the exchange loop. REST and the WebSocket API share one budget per address.
 *
 * <p>Over the weight limit: 429 until the minute ends; who goes on is banned (418), two minutes first, doubled at every
 * further ban up to three days. At most {@link #ADDRESS_LIMIT} addresses are remembered; when full, all are forgotten.
 */
public final class RateLimits {
    static final int ADDRESS_LIMIT = 10_000;

    private static final long MINUTE_MS = 60_000;
    private static final long FIRST_BAN_MS = 2 * MINUTE_MS;
    private static final long LONGEST_BAN_MS = 3 * 24 * 60 * MINUTE_MS;

    private static final class Address {
        final AlignedWindow weight = new AlignedWindow(MINUTE_MS);
        final AlignedWindow refused = new AlignedWindow(MINUTE_MS);
        final AlignedWindow connects = new AlignedWindow(5 * MINUTE_MS);
        long bannedUntilMs;
        long nextBanMs = FIRST_BAN_MS;
    }

    private static final class Orders {
        final AlignedWindow tenSeconds = new AlignedWindow(10_000);
        final AlignedWindow day = new AlignedWindow(24 * 60 * MINUTE_MS);
    }

    private final LimitsConfig config;
    private final ExchangeClock clock;
    private final Map<String, Address> addresses = new HashMap<>();
    private final Map<Account, Orders> orders = new HashMap<>();
    private long refusedCount;

    public RateLimits(LimitsConfig config, ExchangeClock clock) {
        this.config = config;
        this.clock = clock;
    }

    public LimitsConfig config() {
        return config;
    }

    public long refusedCount() {
        return refusedCount;
    }

    /** Counts the weight, or refuses with the time of the next chance. */
    public void charge(String ip, int weight) {
        long now = clock.nowMs();
        Address address = address(ip);
        refuseBanned(address, now);
        if (address.weight.count(now) + weight > config.weightPerMinute()) {
            refuseWeight(address, now);
        }
        address.weight.add(now, weight);
    }

    /** Fault: this address has used all its weight of this minute. */
    public void exhaust(String ip) {
        address(ip).weight.add(clock.nowMs(), config.weightPerMinute());
    }

    /** Fault: this address is banned for so long. */
    public void ban(String ip, long ms) {
        address(ip).bannedUntilMs = clock.nowMs() + ms;
    }

    public void refund(String ip, int weight) {
        address(ip).weight.add(clock.nowMs(), -weight);
    }

    public int usedWeight(String ip) {
        return address(ip).weight.count(clock.nowMs());
    }

    /** Counts a connection attempt; false when there were too many in these five minutes. */
    public boolean admitConnect(String ip) {
        AlignedWindow connects = address(ip).connects;
        connects.add(clock.nowMs(), 1);
        boolean admitted = connects.count(clock.nowMs()) <= config.connectsPer5m();
        if (!admitted) {
            refusedCount++;
        }
        return admitted;
    }

    /** Counts a new order of the account, or refuses it. */
    public void chargeOrder(Account account) {
        long now = clock.nowMs();
        Orders counts = ordersOf(account);
        if (counts.tenSeconds.count(now) >= config.ordersPer10s()) {
            throw tooManyOrders(config.ordersPer10s() + " orders per 10 SECOND", counts.tenSeconds.endsAtMs(now));
        }
        if (counts.day.count(now) >= config.ordersPerDay()) {
            throw tooManyOrders(config.ordersPerDay() + " orders per DAY", counts.day.endsAtMs(now));
        }
        counts.tenSeconds.add(now, 1);
        counts.day.add(now, 1);
    }

    /** A refused order, or the first fill of an accepted one, does not count. */
    public void releaseOrder(Account account) {
        long now = clock.nowMs();
        Orders counts = ordersOf(account);
        counts.tenSeconds.add(now, -1);
        counts.day.add(now, -1);
    }

    public int ordersIn10s(Account account) {
        return ordersOf(account).tenSeconds.count(clock.nowMs());
    }

    public int ordersInDay(Account account) {
        return ordersOf(account).day.count(clock.nowMs());
    }

    private void refuseBanned(Address address, long now) {
        if (now < address.bannedUntilMs) {
            refusedCount++;
            throw banned(address.bannedUntilMs);
        }
    }

    private void refuseWeight(Address address, long now) {
        refusedCount++;
        address.refused.add(now, 1);
        if (address.refused.count(now) > config.banAfterCount()) {
            address.bannedUntilMs = now + address.nextBanMs;
            address.nextBanMs = Math.min(LONGEST_BAN_MS, address.nextBanMs * 2);
            throw banned(address.bannedUntilMs);
        }
        throw new Refusal(
                ErrorCode.TOO_MANY_REQUESTS,
                "Too much request weight used; current limit is " + config.weightPerMinute()
                        + " request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid"
                        + " polling the API.",
                address.weight.endsAtMs(now));
    }

    private static Refusal banned(long untilMs) {
        return new Refusal(
                ErrorCode.BANNED,
                "Way too much request weight used; IP banned until " + untilMs
                        + ". Please use WebSocket Streams for live updates to avoid bans.",
                untilMs);
    }

    private Refusal tooManyOrders(String limit, long untilMs) {
        refusedCount++;
        return new Refusal(ErrorCode.TOO_MANY_ORDERS, "Too many new orders; current limit is " + limit + ".", untilMs);
    }

    private Address address(String ip) {
        Address known = addresses.get(ip);
        if (known != null) {
            return known;
        }
        if (addresses.size() >= ADDRESS_LIMIT) {
            addresses.clear();
        }
        Address fresh = new Address();
        addresses.put(ip, fresh);
        return fresh;
    }

    private Orders ordersOf(Account account) {
        return orders.computeIfAbsent(account, unused -> new Orders());
    }
}
