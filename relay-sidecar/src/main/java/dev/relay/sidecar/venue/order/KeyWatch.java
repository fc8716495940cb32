package dev.relay.sidecar.venue.binance.order;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the venue takes this side's key and clock. A refused key (unknown, revoked, wrong signature) is an alarm until a
 * signed request is answered again, and until then the venue is asked at most once a minute, because repeated refusals end
 * in a ban. A timestamp that is refused although the clock was just read again is an alarm, too. Plain code, thread
 * "orders".
 */
final class KeyWatch {
    static final long PAUSE_MS = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(KeyWatch.class);
    private static final int UNAUTHORIZED = 401;
    private static final int BAD_SIGNATURE = -1022;
    private static final int BAD_KEY_FORMAT = -2014;
    private static final int REJECTED_KEY = -2015;

    private boolean isRefused;
    private long pausedUntilMs = Long.MIN_VALUE;
    private long keyRefusals;
    private long clockRefusals;

    static boolean isOfKey(int status, int code) {
        return status == UNAUTHORIZED || code == BAD_SIGNATURE || code == BAD_KEY_FORMAT || code == REJECTED_KEY;
    }

    /** A signed request was answered. */
    void onAccepted() {
        if (isRefused) {
            LOG.info("venue_key_accepted refusals={}", keyRefusals);
        }
        isRefused = false;
        pausedUntilMs = Long.MIN_VALUE;
    }

    void onKeyRefused(int code, String message, long nowMs) {
        keyRefusals++;
        pausedUntilMs = nowMs + PAUSE_MS;
        if (!isRefused) {
            LOG.error("venue_key_refused code={} message={} action=asked_again_once_a_minute", code, message);
        }
        isRefused = true;
    }

    /** The timestamp was refused once more, by the clock that was just read. */
    void onClockRefused(String message) {
        clockRefusals++;
        LOG.error("venue_clock_refused message={} action=request_given_up", message);
    }

    /** No new connection before this time. */
    long pausedUntilMs() {
        return pausedUntilMs;
    }

    boolean isRefused() {
        return isRefused;
    }

    long keyRefusals() {
        return keyRefusals;
    }

    long clockRefusals() {
        return clockRefusals;
    }
}
