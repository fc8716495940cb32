package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.cli.demo.Child;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A trading floor of real processes: Redis, exchange, daemon, sidecar with orders. Their logs are files of their names. One thread. */
public final class ProcessFloor implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    private final Path dir;
    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, Child> children = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> ready = new HashMap<>();

    public ProcessFloor(Path dir) {
        this.dir = dir;
        environment.put("RELAY_API_KEY", "relay-demo-key");
        environment.put("RELAY_API_SECRET", "relay-demo-secret");
    }

    /** For those that are started from now on. */
    public ProcessFloor with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Redis, the exchange and the daemon at once, then the sidecar; returns when it is ready. */
    public void startAll() {
        redis();
        exchange();
        daemon();
        awaitReady("exchange");
        awaitReady("daemon");
        sidecar();
        awaitReady("sidecar");
        awaitService();
    }

    /** Until the sidecar vouches for books and orders. */
    public void awaitService() {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(page("sidecar", "/readyz")).isEqualTo("ready\n"));
    }

    /** Starts {@code relay NAME ARGUMENTS…}. */
    public void relay(String name, Object... arguments) {
        List<String> words = new ArrayList<>(List.of(name));
        List.of(arguments).forEach(argument -> words.add(argument.toString()));
        relay(name, words);
    }

    /** Starts {@code relay WORDS…}, to be known by a name. */
    public void relay(String name, List<String> words) {
        List<String> command = new ArrayList<>(JavaCommand.relay(words));
        command.add(1, "-Dlogback.configurationFile=logback.xml"); // the program's, not that of the tests
        start(name, command);
    }

    public void start(String name, List<String> command) {
        children.put(name, Child.start(name, command, environment, dir.resolve("logs")));
    }

    public void awaitReady(String name) {
        try {
            ready.put(name, ReadyLine.parse(child(name).awaitReady(PATIENCE.toMillis())));
        } catch (IllegalStateException e) {
            throw new IllegalStateException(log(name), e);
        }
    }

    /** Redis of its own, so that its end is nobody's to mend. */
    public void redis() {
        start("redis", List.of("redis-server", "--port", "0", "--unixsocket", redisSocket(), "--save", ""));
        await().atMost(PATIENCE).until(() -> Files.exists(Path.of(redisSocket())));
    }

    public void exchange() {
        relay("exchange", "--port", "0", "--symbols", "BTCUSDT");
    }

    public void daemon() {
        relay("daemon", "--socket", socket(), "--data-dir", data("daemon"), "--admin-port", "0");
    }

    public void sidecar() {
        List<Object> arguments = new ArrayList<>(List.of("--symbols", "BTC-USDT", "--risk=on=false"));
        arguments.addAll(List.of("--rest", told("exchange", "rest"), "--streams", told("exchange", "streams")));
        arguments.addAll(List.of("--ws-api", told("exchange", "ws_api"), "--redis", "unix:" + redisSocket()));
        arguments.addAll(List.of("--socket", socket(), "--data-dir", data("sidecar"), "--run-dir", data("sidecar")));
        arguments.addAll(List.of("--admin-port", "0"));
        relay("sidecar", arguments.toArray());
    }

    public Path socket() {
        return dir.resolve("r/relay.sock");
    }

    /** The data directory of daemon or sidecar. */
    public Path data(String name) {
        return dir.resolve(name);
    }

    public String redisSocket() {
        return dir.resolve("redis.sock").toString();
    }

    private String told(String name, String field) {
        return Objects.requireNonNull(Objects.requireNonNull(ready.get(name)).get(field));
    }

    public int adminPort(String name) {
        return URI.create(told(name, "admin")).getPort();
    }

    /** What its admin server answers within a second, empty when nothing. */
    public String page(String name, String path) {
        return page(name, path, Duration.ofSeconds(1));
    }

    public String page(String name, String path, Duration patience) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(told(name, "admin") + path))
                .timeout(patience)
                .build();
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    public void signal(String signal, String name) throws IOException, InterruptedException {
        run("kill", "-" + signal, Long.toString(child(name).pid()));
    }

    /** Another program, which must succeed. */
    public static void run(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).start().waitFor())
                .as(String.join(" ", command))
                .isZero();
    }

    public Child child(String name) {
        return Objects.requireNonNull(children.get(name), name);
    }

    public String log(String name) {
        try {
            return Files.readString(dir.resolve("logs").resolve(name + ".log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL for all that are left, also for those that stand still; the newest first. */
    @Override
    public void close() {
        List<Child> newestFirst = new ArrayList<>(children.values());
        Collections.reverse(newestFirst);
        newestFirst.forEach(child -> ProcessHandle.of(child.pid()).ifPresent(ProcessHandle::destroyForcibly));
        newestFirst.forEach(Child::close);
    }
}
