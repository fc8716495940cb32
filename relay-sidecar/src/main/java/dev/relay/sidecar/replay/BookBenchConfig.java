package dev.relay.sidecar.replay;

import dev.relay.sidecar.venue.Venues;
import java.nio.file.Path;
import java.util.List;

/**
 * What to measure.
 *
 * @param venue of the recording
 * @param recording files of one recording, played whole beside the burst made by the seed; may be none
 * @param seconds of each paced part of the synthetic burst
 * @param levelsPerSecond changed levels per second of the synthetic burst at its highest pace, and of the flash crash
 * @param floodLevels changed levels of the part without pace
 */
public record BookBenchConfig(
        String venue, List<Path> recording, double seconds, int levelsPerSecond, int floodLevels) {
    public static final int LEVELS_PER_SECOND = 50_000;
    public static final int FLOOD_LEVELS = 600_000;

    public BookBenchConfig {
        recording = List.copyOf(recording);
        if (!Venues.ALL.contains(venue)) {
            throw new IllegalArgumentException(
                    "unknown venue; known: " + String.join(", ", Venues.ALL) + ", venue=" + venue);
        }
        if (!(seconds >= 0.1 && seconds <= 600) || levelsPerSecond < 1_000 || floodLevels < 1_000) {
            throw new IllegalArgumentException("need seconds 0.1 to 600 and at least 1000 levels, seconds=" + seconds
                    + " levelsPerSecond=" + levelsPerSecond + " floodLevels=" + floodLevels);
        }
    }

    /** A synthetic burst, two seconds a part. */
    public static BookBenchConfig defaults() {
        return new BookBenchConfig(Venues.BINANCE_SPOT, List.of(), 2, LEVELS_PER_SECOND, FLOOD_LEVELS);
    }

    boolean isSynthetic() {
        return recording.isEmpty();
    }
}
