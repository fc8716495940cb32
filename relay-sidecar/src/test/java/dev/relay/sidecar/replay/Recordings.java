package dev.relay.sidecar.replay;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the shared recordings, which are no part of the repository. */
final class Recordings {
    private Recordings() {}

    static Optional<Path> binanceSpot(String notRun) {
        String configured = System.getProperty("RELAY_SHARED_DATA", System.getenv("RELAY_SHARED_DATA"));
        Path base = configured == null ? Path.of("../../shared/data") : Path.of(configured);
        Path folder = base.resolve("binance-spot");
        if (Files.isDirectory(folder)) {
            return Optional.of(folder);
        }
        System.out.println("recordings absent: " + notRun);
        return Optional.empty();
    }
}
