package dev.relay.exchange.alpaca;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.market.ExchangeClock;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** 200 requests a minute for each account, in aligned minutes. One window an account; exchange loop only. */
final class AlpacaLimits {
    static final int PER_MINUTE = 200;
    private static final long MINUTE_MS = 60_000;

    private final ExchangeClock clock;
    private final Map<Account, long[]> used = new HashMap<>();
    private long refusedCount;

    AlpacaLimits(ExchangeClock clock) {
        this.clock = clock;
    }

    /** False when this one is too many. */
    boolean take(Account account) {
        long[] window = window(account);
        if (window[1] >= PER_MINUTE) {
            refusedCount++;
            return false;
        }
        window[1]++;
        return true;
    }

    /** So many more are used, as far as there are some left; returns how many are used now. */
    int use(Account account, int count) {
        long[] window = window(account);
        window[1] = Math.min(PER_MINUTE, window[1] + count);
        return (int) window[1];
    }

    long refusedCount() {
        return refusedCount;
    }

    Map<String, String> headers(Account account) {
        long[] window = window(account);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-RateLimit-Limit", Integer.toString(PER_MINUTE));
        headers.put("X-RateLimit-Remaining", Long.toString(PER_MINUTE - window[1]));
        headers.put("X-RateLimit-Reset", Long.toString((window[0] + 1) * MINUTE_MS / 1000));
        return headers;
    }

    private long[] window(Account account) {
        long minute = clock.nowMs() / MINUTE_MS;
        long[] window = used.computeIfAbsent(account, unused -> new long[2]);
        if (window[0] != minute) {
            window[0] = minute;
            window[1] = 0;
        }
        return window;
    }
}
