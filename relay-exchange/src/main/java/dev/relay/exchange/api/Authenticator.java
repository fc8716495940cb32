package dev.relay.exchange.api;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.ApiKey;
import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.Refusal;
import dev.relay.exchange.market.Venue;
import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Who sent a signed request, and is it meant for now? Order of checks: parameters, key, time, signature. */
public final class Authenticator {
    private static final Pattern KEY_FORMAT = Pattern.compile("[A-Za-z0-9_-]{4,128}");
    private static final long MICROS_FROM = 100_000_000_000_000L;
    private static final BigDecimal DEFAULT_RECV_WINDOW_MS = BigDecimal.valueOf(5000);
    private static final BigDecimal MAX_RECV_WINDOW_MS = BigDecimal.valueOf(60_000);
    private static final long MAX_AHEAD_MS = 1000;

    private final Venue venue;

    public Authenticator(Venue venue) {
        this.venue = venue;
    }

    /** The account of a signed request; {@code payload} is exactly what was signed. */
    public Account verify(@Nullable String apiKey, Params params, String payload) {
        String signature = params.text("signature");
        params.text("timestamp");
        ApiKey key = keyOf(apiKey);
        checkTime(params);
        if (!key.verifies(payload, signature)) {
            throw new Refusal(ErrorCode.INVALID_SIGNATURE, "Signature for this request is not valid.");
        }
        return accountOf(key.key());
    }

    public ApiKey keyOf(@Nullable String apiKey) {
        if (apiKey == null || !KEY_FORMAT.matcher(apiKey).matches()) {
            throw new Refusal(ErrorCode.BAD_KEY_FORMAT, "API-key format invalid.");
        }
        ApiKey key = venue.accounts().key(apiKey);
        if (key == null) {
            throw new Refusal(ErrorCode.REJECTED_KEY, "Invalid API-key, IP, or permissions for action.");
        }
        return key;
    }

    /** The account of a key that was valid once; refuses when it has been revoked since. */
    public Account accountOf(String apiKey) {
        Account account = venue.accounts().ofKey(apiKey);
        if (account == null) {
            throw new Refusal(ErrorCode.REJECTED_KEY, "Invalid API-key, IP, or permissions for action.");
        }
        return account;
    }

    public void checkTime(Params params) {
        long timestamp = params.number("timestamp");
        BigDecimal timestampMs =
                timestamp >= MICROS_FROM ? BigDecimal.valueOf(timestamp, 3) : BigDecimal.valueOf(timestamp);
        BigDecimal now = BigDecimal.valueOf(venue.clock().nowMs());
        BigDecimal window = recvWindow(params);
        if (timestampMs.compareTo(now.add(BigDecimal.valueOf(MAX_AHEAD_MS))) >= 0) {
            throw new Refusal(
                    ErrorCode.INVALID_TIMESTAMP,
                    "Timestamp for this request was " + MAX_AHEAD_MS + "ms ahead of the server's time.");
        }
        if (now.subtract(timestampMs).compareTo(window) > 0) {
            throw new Refusal(ErrorCode.INVALID_TIMESTAMP, "Timestamp for this request is outside of the recvWindow.");
        }
    }

    private static BigDecimal recvWindow(Params params) {
        if (!params.has("recvWindow")) {
            return DEFAULT_RECV_WINDOW_MS;
        }
        try {
            BigDecimal window = new BigDecimal(params.text("recvWindow"));
            if (window.signum() > 0 && window.compareTo(MAX_RECV_WINDOW_MS) <= 0 && window.scale() <= 3) {
                return window;
            }
        } catch (NumberFormatException notANumber) {
            throw new Refusal(ErrorCode.ILLEGAL_CHARS, "Illegal characters found in parameter 'recvWindow'.");
        }
        throw new Refusal(ErrorCode.BAD_RECV_WINDOW, "'recvWindow' must be between 0 and 60000.");
    }
}
