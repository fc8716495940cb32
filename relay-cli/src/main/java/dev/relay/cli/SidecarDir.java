package dev.relay.cli;

import dev.relay.daemon.config.ConfigLoader;
import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sidecar's data directory, with journal and kill file: as given, else as the sidecar of a run directory told in its {@code redis.json}, else its default. */
final class SidecarDir {
    /** What a sidecar takes that is not told: a folder beside the daemon's. */
    static Path standard(Map<String, String> environment) {
        return ConfigLoader.stateDir(environment).resolve("sidecar");
    }

    static Path find(@Nullable Path given, Path runDir) {
        if (given != null) {
            return given;
        }
        Path told = told(runDir.resolve("redis.json"));
        return told != null ? told : standard(System.getenv());
    }

    private static @Nullable Path told(Path file) {
        try {
            return Json.object(Files.readString(file)).get("data_dir") instanceof String dir ? Path.of(dir) : null;
        } catch (IOException | JsonException e) {
            return null; // none has run there
        }
    }

    private SidecarDir() {}
}
