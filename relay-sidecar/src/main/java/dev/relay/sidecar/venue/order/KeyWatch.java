package dev.relay.sidecar.venue.order;

import dev.relay.sidecar.order.VenueOrders;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the venue takes this side's key and clock. A refused key (unknown, revoked, wrong signature) is an alarm until a
 * signed request is answered again, and until then the venue is asked at most once a minute, because repeated refusals end
 * in a ban. A timestamp that is refused although the clock was just read again is an alarm, too. Plain code, thread
 * "orders".
 */
public final class KeyWatch {
    public static final long PAUSE_MS = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(KeyWatch.class);

    private boolean isRefused;
    private long pausedUntilMs = Long.MIN_VALUE;
    private long keyRefusals;
    private long clockRefusals;

    /** A signed request was answered. */
    public void onAccepted() {
        if (isRefused) {
            LOG.info("venue_key_accepted refusals={}", keyRefusals);
        }
        isRefused = false;
        pausedUntilMs = Long.MIN_VALUE;
    }

    public void onKeyRefused(String why, long nowMs) {
        keyRefusals++;
        pausedUntilMs = nowMs + PAUSE_MS;
        if (!isRefused) {
            LOG.error("venue_key_refused message={} action=asked_again_once_a_minute", why);
        }
        isRefused = true;
    }

    /** The timestamp was refused once more, by the clock that was just read. */
    public void onClockRefused(String message) {
        clockRefusals++;
        LOG.error("venue_clock_refused message={} action=request_given_up", message);
    }

    /** No new connection before this time. */
    public long pausedUntilMs() {
        return pausedUntilMs;
    }

    public boolean isRefused() {
        return isRefused;
    }

    public long keyRefusals() {
        return keyRefusals;
    }

    public long clockRefusals() {
        return clockRefusals;
    }

    /** For health and metrics. */
    public Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put(VenueOrders.KEY_REFUSED, isRefused);
        facts.put("venue_key_refusals_total", keyRefusals);
        return facts;
    }
}
