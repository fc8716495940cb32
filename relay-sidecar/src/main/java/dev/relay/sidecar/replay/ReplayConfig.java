package dev.relay.sidecar.replay;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to replay.
 *
 * @param venue only binance-spot for now
 * @param isPaced true: at the recorded pace; false: as fast as the sidecar takes it
 * @param redis address of a Redis to use, null to start one for this run
 */
public record ReplayConfig(
        String venue,
        List<Path> files,
        boolean isPaced,
        @Nullable String redis) {
    public static final String BINANCE_SPOT = "binance-spot";

    public ReplayConfig {
        files = List.copyOf(files);
        if (!BINANCE_SPOT.equals(venue)) {
            throw new IllegalArgumentException("unknown venue; known: " + BINANCE_SPOT + ", venue=" + venue);
        }
        if (files.isEmpty()) {
            throw new IllegalArgumentException("no recording given; name at least one file");
        }
    }

    /** As fast as possible into a Redis of its own. */
    public static ReplayConfig max(String venue, List<Path> files) {
        return new ReplayConfig(venue, files, false, null);
    }
}
