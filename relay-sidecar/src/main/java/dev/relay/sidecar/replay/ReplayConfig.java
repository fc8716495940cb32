package dev.relay.sidecar.replay;

import dev.relay.sidecar.venue.Venues;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to replay.
 *
 * @param speed times the recorded pace; 0 for as fast as the sidecar takes it
 * @param redis address of a Redis to use, null to start one for this run
 */
public record ReplayConfig(
        String venue,
        List<Path> files,
        double speed,
        @Nullable String redis) {
    private static final double MAX_SPEED = 1_000;

    public ReplayConfig {
        files = List.copyOf(files);
        if (!Venues.ALL.contains(venue)) {
            throw new IllegalArgumentException(
                    "unknown venue; known: " + String.join(", ", Venues.ALL) + ", venue=" + venue);
        }
        if (files.isEmpty()) {
            throw new IllegalArgumentException("no recording given; name at least one file");
        }
        if (!(speed >= 0 && speed <= MAX_SPEED)) {
            throw new IllegalArgumentException("speed must be max or 0x..1000x, speed=" + speed);
        }
    }

    /** As fast as possible into a Redis of its own. */
    public static ReplayConfig max(String venue, List<Path> files) {
        return new ReplayConfig(venue, files, 0, null);
    }

    /** {@code max}, {@code 1x}, {@code 10x}, or any other factor. */
    public static double speed(String text) {
        if (text.equals("max")) {
            return 0;
        }
        if (!text.matches("\\d{1,4}(\\.\\d{1,3})?x") || text.matches("0+(\\.0+)?x")) {
            throw new IllegalArgumentException("unknown speed; use 1x, 10x or max, speed=" + text);
        }
        return Double.parseDouble(text.substring(0, text.length() - 1));
    }
}
