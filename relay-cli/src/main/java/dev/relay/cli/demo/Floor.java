package dev.relay.cli.demo;

import dev.relay.cli.JavaCommand;
import dev.relay.cli.ReadyLine;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The processes of the demo: exchange, daemon, sidecar with its Redis, and the agents. Starts them in the order in which they need each
 * other, starts again what has died, and stops them in the opposite order. One thread; the children are a fixed set.
 */
final class Floor implements AutoCloseable {
    static final String API_KEY = "relay-demo-key";
    static final String ACCOUNT = "paper";
    private static final String SECRET = "relay-demo-secret";
    private static final long READY_MS = 30_000;

    private final Path dir;
    private final String symbols;
    private final Path logs;
    private final PythonAgents python = PythonAgents.find(System.getenv());
    private final Map<String, Child> children = new LinkedHashMap<>();
    private final Map<String, Runnable> starters = new LinkedHashMap<>();
    private Map<String, String> exchange = Map.of();
    private Map<String, String> sidecar = Map.of();
    private int restarts;

    Floor(Path dir, String symbols) {
        this.dir = dir;
        this.symbols = symbols;
        this.logs = dir.resolve("logs");
    }

    /** Starts everything and returns when all of it serves. */
    void start() {
        python.check();
        exchange =
                ready(run("exchange", JavaCommand.relay(List.of("exchange", "--symbols", symbols.replace("-", "")))));
        starter("daemon", this::startDaemon);
        starter("sidecar", this::startSidecar);
        starter(
                "ledger",
                () -> agent("ledger", "--file", dir.resolve("ledger.jsonl").toString()));
        starter("risk", this::startRisk);
        starter("executor", () -> agent("executor"));
        starter("scanner", () -> agent("scanner", "--symbols", symbols));
    }

    private void starter(String name, Runnable start) {
        starters.put(name, start);
        start.run();
    }

    private void startDaemon() {
        ready(run(
                "daemon",
                JavaCommand.relay(List.of(
                        "daemon",
                        "--socket",
                        socket().toString(),
                        "--data-dir",
                        dir.resolve("daemon").toString(),
                        "--admin-port",
                        "0"))));
    }

    private void startSidecar() {
        List<String> arguments = List.of(
                "sidecar",
                "--rest",
                exchange("rest"),
                "--streams",
                exchange("streams"),
                "--ws-api",
                exchange("ws_api"),
                "--symbols",
                symbols,
                "--account",
                ACCOUNT,
                "--socket",
                socket().toString(),
                "--data-dir",
                dir.resolve("sidecar").toString(),
                "--run-dir",
                dir.toString(),
                "--admin-port",
                "0");
        sidecar = ready(run("sidecar", JavaCommand.relay(arguments)));
    }

    /** The Java agent among the others. */
    private void startRisk() {
        ready(run(
                "risk",
                JavaCommand.main("dev.relay.examples.RiskAgent", List.of(socket().toString(), redis(), ACCOUNT, "5"))));
    }

    private void agent(String script, String... more) {
        List<String> command = python.command(script);
        command.addAll(List.of("--socket", socket().toString(), "--redis", redis().replace("unix:", "")));
        command.addAll(List.of(more));
        run(script, command);
    }

    private Child run(String name, List<String> command) {
        Map<String, String> environment = Map.of("RELAY_API_KEY", API_KEY, "RELAY_API_SECRET", SECRET);
        Child child = Child.start(name, command, environment, logs);
        children.put(name, child);
        return child;
    }

    private static Map<String, String> ready(Child child) {
        return ReadyLine.parse(child.awaitReady(READY_MS));
    }

    /** Starts again what is not alive, the exchange excepted: it keeps its books in memory. */
    void superviseOnce() {
        for (Map.Entry<String, Runnable> entry : starters.entrySet()) {
            if (!child(entry.getKey()).isAlive()) {
                restarts++;
                entry.getValue().run();
            }
        }
    }

    /** SIGKILL; {@link #superviseOnce} starts it again. */
    void kill(String name) {
        child(name).kill();
    }

    /** Ends one agent in order and leaves it ended. */
    void stop(String name) {
        starters.remove(name);
        child(name).stop(10_000);
    }

    Child child(String name) {
        return Objects.requireNonNull(children.get(name), name);
    }

    int restarts() {
        return restarts;
    }

    Path socket() {
        return dir.resolve("relay.sock");
    }

    Path ledgerFile() {
        return dir.resolve("ledger.jsonl");
    }

    Path logs() {
        return logs;
    }

    String redis() {
        return Objects.requireNonNull(sidecar.get("redis"));
    }

    Truth truth() {
        return new Truth(URI.create(exchange("rest")));
    }

    private String exchange(String field) {
        return Objects.requireNonNull(exchange.get(field));
    }

    @Override
    public void close() {
        starters.clear();
        List<Child> newestFirst = new ArrayList<>(children.values());
        Collections.reverse(newestFirst);
        newestFirst.forEach(Child::close);
    }
}
