package dev.relay.exchange.kraken;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.market.ExchangeClock;
import java.util.HashMap;
import java.util.Map;

/**
 * Counters that fall with time: one for the REST calls of an account (20, falling by 0.5 a second), one for each pair's
 * orders (125, falling by 2.34). Exchange loop only; one counter an account and pair.
 */
final class KrakenCounters {
    static final double REST_MOST = 20;
    static final double REST_FALL = 0.5;
    static final double PAIR_MOST = 125;
    static final double PAIR_FALL = 2.34;

    private final ExchangeClock clock;
    private final Map<String, double[]> counters = new HashMap<>();
    private long lockedUntilMs;
    private long refusedCount;

    KrakenCounters(ExchangeClock clock) {
        this.clock = clock;
    }

    void lockOut(long ms) {
        lockedUntilMs = clock.nowMs() + ms;
    }

    void takeRest(Account account, int cost) {
        if (clock.nowMs() < lockedUntilMs) {
            refusedCount++;
            throw new KrakenError("EService: Throttled: " + (lockedUntilMs + 999) / 1_000);
        }
        if (!take(account.name(), cost, REST_MOST, REST_FALL)) {
            throw new KrakenError("EAPI:Rate limit exceeded");
        }
    }

    void takePlace(Account account, String symbol) {
        if (!take(account.name() + " " + symbol, 1, PAIR_MOST, PAIR_FALL)) {
            throw new KrakenError("EOrder:Rate limit exceeded");
        }
    }

    /** A cancel always passes and is counted by the order's age. */
    void takeCancel(Account account, String symbol, long ageMs) {
        String name = account.name() + " " + symbol;
        count(name, PAIR_FALL)[0] += ofAge(ageMs);
    }

    /** Higher for a young order. */
    static int ofAge(long ageMs) {
        long s = ageMs / 1_000;
        return s < 5 ? 8 : s < 10 ? 6 : s < 15 ? 5 : s < 45 ? 4 : s < 90 ? 2 : s < 300 ? 1 : 0;
    }

    private boolean take(String name, double cost, double most, double fall) {
        double[] counter = count(name, fall);
        if (counter[0] + cost > most) {
            refusedCount++;
            return false;
        }
        counter[0] += cost;
        return true;
    }

    private double[] count(String name, double fall) {
        long now = clock.nowMs();
        double[] counter = counters.computeIfAbsent(name, unused -> new double[] {0, now});
        counter[0] = Math.max(0, counter[0] - fall * (now - counter[1]) / 1_000);
        counter[1] = now;
        return counter;
    }

    long refusedCount() {
        return refusedCount;
    }
}
