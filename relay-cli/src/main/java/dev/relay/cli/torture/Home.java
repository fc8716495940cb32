package dev.relay.cli.torture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Where this program's scripts are: {@code RELAY_HOME} as {@code bin/relay} sets it, else the working directory or the one above it. */
public final class Home {
    public static Path path(String relative) {
        String home = System.getenv("RELAY_HOME");
        List<Path> places = home == null ? List.of(Path.of(""), Path.of("..")) : List.of(Path.of(home));
        return places.stream()
                .map(place -> place.resolve(relative).toAbsolutePath().normalize())
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("not found: " + relative
                        + ". Run it by bin/relay, or set RELAY_HOME to the folder of the sources."));
    }

    public static String python() {
        return Objects.requireNonNullElse(System.getenv("RELAY_PYTHON"), "python3");
    }

    /** The commit that is checked out, or {@code unknown}. */
    public static String commit() {
        try {
            Process git = new ProcessBuilder("git", "-C", path("bin").toString(), "rev-parse", "--short=12", "HEAD")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor() == 0 ? text : "unknown";
        } catch (IOException e) {
            return "unknown";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }

    private Home() {}
}
