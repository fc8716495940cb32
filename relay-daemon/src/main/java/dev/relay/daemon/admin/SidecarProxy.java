package dev.relay.daemon.admin;

import dev.relay.daemon.admin.AdminPages.Page;
import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The trading half of the console: passes a fixed set of questions on to the sidecar's admin port on loopback. Where that is and its token
 * stand in {@value #FILE} beside the bus socket, a file that only the daemon's own user can read and that names the process which wrote it:
 * a token never goes to a port that somebody else took since. Who asks is an operator already. Answers within {@value #ANSWER_MS} ms or
 * says 503. Called on the admin thread; answers on the client's.
 */
final class SidecarProxy {
    static final String PREFIX = "/trading/";
    static final String FILE = "sidecar-admin.json";
    private static final int ANSWER_MS = 1_500;
    private static final int MAX_FILE_BYTES = 4 << 10;
    private static final int GROUP_OR_OTHERS = 0077;
    private static final Set<String> READS = Set.of("books", "book", "orders", "positions", "balances", "limits");
    private static final Set<String> ACTS = Set.of("kill", "release");
    private static final Set<String> PARAMETERS = Set.of("venue", "symbol", "depth");

    private final @Nullable Path file;
    private final HttpClient http;

    /** Where the sidecar listens and what opens it. */
    private record Address(int port, String token) {}

    /** The sidecar cannot be asked. */
    private static final class NotThere extends Exception {
        private static final long serialVersionUID = 1L;

        NotThere(String why) {
            super(why);
        }
    }

    /** {@code directory}: of the bus socket; null when no sidecar can be known. */
    SidecarProxy(@Nullable Path directory) {
        this.file = directory == null ? null : directory.resolve(FILE);
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofMillis(ANSWER_MS))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /** Null when the path is none of ours. */
    @Nullable
    CompletableFuture<Page> get(String path, Map<String, List<String>> query) {
        if (!path.startsWith(PREFIX) || !READS.contains(path.substring(PREFIX.length()))) {
            return null;
        }
        for (Map.Entry<String, List<String>> given : query.entrySet()) {
            if (!PARAMETERS.contains(given.getKey()) || !given.getValue().get(0).matches("[A-Za-z0-9._:-]{1,40}")) {
                return Page.now(400, "unknown parameter or value; there are " + PARAMETERS);
            }
        }
        String parameters = query.entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue().get(0))
                .collect(Collectors.joining("&"));
        return ask("GET", path + (parameters.isEmpty() ? "" : "?" + parameters));
    }

    /** Null when the path is none of ours. */
    @Nullable
    CompletableFuture<Page> post(String path) {
        return path.startsWith(PREFIX) && ACTS.contains(path.substring(PREFIX.length()))
                ? ask("POST", path.substring(PREFIX.length() - 1))
                : null;
    }

    private CompletableFuture<Page> ask(String method, String target) {
        try {
            Address address = address();
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.port() + target))
                    .timeout(Duration.ofMillis(ANSWER_MS))
                    .header("Authorization", "Bearer " + address.token())
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build();
            return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                    .thenApply(answer -> new Page(answer.statusCode(), AdminPages.JSON, answer.body()))
                    .exceptionally(failure -> notThere("the sidecar does not answer"));
        } catch (NotThere e) {
            return CompletableFuture.completedFuture(notThere(String.valueOf(e.getMessage())));
        }
    }

    private static Page notThere(String why) {
        return new Page(503, AdminPages.JSON, Json.write(Map.of("code", "SIDECAR_NOT_THERE", "message", why)));
    }

    private Address address() throws NotThere {
        if (file == null) {
            throw new NotThere("no sidecar is known here");
        }
        try {
            Map<String, Object> found = Files.readAttributes(file, "unix:mode,uid,size", LinkOption.NOFOLLOW_LINKS);
            Map<String, Object> ours =
                    Files.readAttributes(Path.of("/proc/self"), "unix:uid", LinkOption.NOFOLLOW_LINKS);
            boolean isPrivate = ((int) found.getOrDefault("mode", GROUP_OR_OTHERS) & GROUP_OR_OTHERS) == 0
                    && found.getOrDefault("uid", -1).equals(ours.get("uid"))
                    && (long) found.getOrDefault("size", Long.MAX_VALUE) <= MAX_FILE_BYTES
                    && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
            if (!isPrivate) {
                throw new NotThere(file + " is not a private file of the daemon's user");
            }
            return address(Json.object(Files.readString(file)));
        } catch (NoSuchFileException e) {
            throw new NotThere("no sidecar with an admin port has connected to this daemon's socket; start it with"
                    + " --admin-port");
        } catch (IOException | JsonException e) {
            throw new NotThere(file + " cannot be read");
        }
    }

    private static Address address(Map<String, ? extends @Nullable Object> json) throws NotThere {
        if (json.get("port") instanceof Long port
                && json.get("pid") instanceof Long pid
                && json.get("started_at_ms") instanceof Long startedAtMs
                && json.get("token") instanceof String token
                && runs(pid, startedAtMs)) {
            return new Address(port.intValue(), token);
        }
        throw new NotThere("the sidecar has ended");
    }

    private static boolean runs(long pid, long startedAtMs) {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .flatMap(process -> process.info().startInstant())
                .filter(at -> at.toEpochMilli() == startedAtMs)
                .isPresent();
    }
}
