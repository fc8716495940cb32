package dev.relay.cli.torture;

import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs the independent checker, a script of its own, on the histories of one round. */
final class Checker {
    /** Its verdict; {@code verdict} is {@code ok}, {@code violation}, {@code unknown} or {@code does not count}. */
    static Map<String, @Nullable Object> check(Path dir) {
        try {
            Process process = new ProcessBuilder(
                            Home.python(), Home.path("bin/lib/check_history.py").toString(), dir.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            int code = process.waitFor();
            return text.startsWith("{") ? Json.object(text) : failed(dir, "the checker ended with code " + code);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run the checker", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failed(dir, "interrupted");
        }
    }

    static Map<String, @Nullable Object> failed(Path dir, String why) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("dir", dir.toString());
        result.put("verdict", "unknown");
        result.put("why", List.of(why));
        return result;
    }

    private Checker() {}
}
