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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A trading floor of real processes: Redis, exchange, daemon, sidecar with orders, supervisor and an agent. Logs are files of their names in {@code logs}. One thread. */
public final class ProcessFloor implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(60);
    public static final String SYMBOL = "BTC-USDT";
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    public final Path dir;
    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, Child> children = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> ready = new HashMap<>();

    public ProcessFloor(Path dir) {
        this.dir = dir;
        environment.put("RELAY_API_KEY", "relay-floor-key");
        environment.put("RELAY_API_SECRET", "relay-floor-secret");
    }

    public ProcessFloor with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Starts one of them as {@code relay NAME ARGUMENTS…} and waits for its ready line. */
    public void relay(String name, String... arguments) {
        List<String> command = new ArrayList<>(List.of(name));
        command.addAll(List.of(arguments));
        Child child = start(name, JavaCommand.relay(command));
        ready.put(name, ReadyLine.parse(readyLine(child, name)));
    }

    private String readyLine(Child child, String name) {
        try {
            return child.awaitReady(PATIENCE.toMillis());
        } catch (IllegalStateException e) {
            throw new IllegalStateException(log(name), e);
        }
    }

    public Child start(String name, List<String> command) {
        Child child = Child.start(name, command, environment, logs());
        children.put(name, child);
        return child;
    }

    public void daemon(String... more) {
        relay("daemon", with(more, "--socket", socket(), "--data-dir", dir.resolve("d"), "--admin-port", "0"));
    }

    /** Redis of its own, so that its end is nobody's to mend. */
    public void redis() {
        start("redis", List.of("redis-server", "--port", "0", "--unixsocket", redisSocket(), "--save", ""));
        await().atMost(PATIENCE).until(() -> Files.exists(Path.of(redisSocket())));
    }

    public void exchange() {
        relay("exchange", "--port", "0", "--symbols", SYMBOL.replace("-", ""));
    }

    public void sidecar(String... more) {
        relay(
                "sidecar",
                with(
                        more,
                        "--symbols",
                        SYMBOL,
                        "--rest",
                        told("exchange", "rest"),
                        "--streams",
                        told("exchange", "streams"),
                        "--ws-api",
                        told("exchange", "ws_api"),
                        "--redis",
                        "unix:" + redisSocket(),
                        "--socket",
                        socket(),
                        "--data-dir",
                        dir.resolve("s"),
                        "--run-dir",
                        dir.resolve("s"),
                        "--admin-port",
                        "0",
                        "--risk=on=false"));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(page("sidecar", "/readyz")).isEqualTo("ready\n"));
    }

    private static String[] with(String[] more, Object... usual) {
        List<String> all = new ArrayList<>(List.of(more));
        for (Object each : usual) {
            all.add(each.toString());
        }
        return all.toArray(String[]::new);
    }

    public Path socket() {
        return dir.resolve("r/relay.sock");
    }

    public String redisSocket() {
        return dir.resolve("redis.sock").toString();
    }

    private String told(String name, String field) {
        return Objects.requireNonNull(Objects.requireNonNull(ready.get(name)).get(field));
    }

    /** What its admin server answers, empty when it does not. */
    public String page(String name, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(told(name, "admin") + path))
                .timeout(Duration.ofSeconds(1))
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

    public void signal(String signal, String name) throws Exception {
        String pid = Long.toString(child(name).pid());
        assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor())
                .isZero();
    }

    public Child child(String name) {
        return Objects.requireNonNull(children.get(name), name);
    }

    public Path logs() {
        return dir.resolve("logs");
    }

    public String log(String name) {
        try {
            return Files.readString(logs().resolve(name + ".log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL for all that are left; the newest first. */
    @Override
    public void close() {
        List<Child> newestFirst = new ArrayList<>(children.values());
        java.util.Collections.reverse(newestFirst);
        newestFirst.forEach(child -> ProcessHandle.of(child.pid()).ifPresent(ProcessHandle::destroyForcibly));
        newestFirst.forEach(Child::close);
    }
}
