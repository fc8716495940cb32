package dev.relay.cli;

import dev.relay.sidecar.admin.Patience;
import java.util.Map;
import java.util.Set;

/** Reads {@code --patience KEY=MS,…}. */
final class PatienceOptions {
    private static final Set<String> KEYS = Set.of("redis_ms", "feed_ms", "loop_ms", "bus_ms");
    private static final long LEAST_MS = 100;
    private static final long MOST_MS = 600_000;

    /**
     * When the sidecar's health names what is silent; what is not given stays as it is.
     *
     * @throws CliException with every mistake
     */
    static Patience of(Map<String, String> given) {
        Patience usual = Patience.usual();
        KeyedNumbers numbers = new KeyedNumbers("--patience", KEYS, given);
        Patience patience = new Patience(
                numbers.number("redis_ms", usual.redisMs(), LEAST_MS, MOST_MS),
                numbers.number("feed_ms", usual.feedMs(), LEAST_MS, MOST_MS),
                numbers.number("loop_ms", usual.loopMs(), LEAST_MS, MOST_MS),
                numbers.number("bus_ms", usual.busMs(), LEAST_MS, MOST_MS));
        numbers.refuseMistakes();
        return patience;
    }

    private PatienceOptions() {}
}
