package dev.relay.sidecar.replay;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Finds the shared recordings, which are no part of the repository. */
final class Recordings {
    private Recordings() {}

    static Optional<Path> folder(String name, String notRun) {
        String configured = System.getProperty("RELAY_SHARED_DATA", System.getenv("RELAY_SHARED_DATA"));
        Path base = configured == null ? Path.of("../../shared/data") : Path.of(configured);
        Path folder = base.resolve(name);
        if (Files.isDirectory(folder)) {
            return Optional.of(folder);
        }
        System.out.println("recordings absent: " + notRun);
        return Optional.empty();
    }

    static Optional<Path> binanceSpot(String notRun) {
        return folder("binance-spot", notRun);
    }

    /** One recording of a venue, as the replay takes it. */
    record Recording(String venue, Path folder, List<String> names) {
        List<Path> files() {
            return names.stream().map(folder::resolve).toList();
        }

        Path expected() {
            return folder.resolve("expected-books.json");
        }

        @Override
        public String toString() {
            return venue + " " + names;
        }
    }

    /** All that are there. */
    static List<Recording> all(String notRun) {
        return List.of(
                        new Recording("binance-spot", Path.of("binance-spot"), List.of("stream.log", "rest.log")),
                        new Recording("kraken", Path.of("kraken-v2"), List.of("frames.jsonl")),
                        new Recording("okx", Path.of("okx"), List.of("stream.log")),
                        new Recording("okx", Path.of("okx"), List.of("frames-now.jsonl")))
                .stream()
                .flatMap(recording -> folder(recording.folder().toString(), notRun + " of " + recording)
                        .map(folder -> new Recording(recording.venue(), folder, recording.names()))
                        .stream())
                .toList();
    }
}
