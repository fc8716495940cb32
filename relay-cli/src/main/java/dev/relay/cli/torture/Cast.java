package dev.relay.cli.torture;

import static java.util.stream.Collectors.joining;

import dev.relay.cli.Folder;
import dev.relay.cli.JavaCommand;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The processes of one round: the daemon, recipients and senders, each with the number of its life. Starts them, starts them again, ends them. One thread; a
 * fixed set of names.
 */
final class Cast implements AutoCloseable {
    private static final long READY_MS = 60_000;
    private static final List<String> SMALL_JAVA = List.of("-Xmx256m", "-XX:TieredStopAtLevel=1");

    private final Plan plan;
    private final Path socketDir;
    private final Map<String, Victim> agents = new LinkedHashMap<>();
    private final Map<String, Integer> lives = new LinkedHashMap<>();
    private long confirmedByTheDead;
    private Victim daemon;

    Cast(Plan plan) {
        this.plan = plan;
        try {
            this.socketDir = Files.createTempDirectory("relay-torture");
            Files.createDirectories(plan.dir());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.daemon = startDaemon();
        daemon.awaitReady(READY_MS);
    }

    Path socket() {
        return socketDir.resolve("relay.sock");
    }

    Victim daemon() {
        return daemon;
    }

    Victim agent(String name) {
        return Objects.requireNonNull(agents.get(name), name);
    }

    List<String> names() {
        return List.copyOf(agents.keySet());
    }

    List<String> senders() {
        return names().stream().filter(name -> name.startsWith("s")).toList();
    }

    List<String> receivers() {
        return names().stream().filter(name -> name.startsWith("r")).toList();
    }

    // ---- starting

    /** Starts the daemon again on the same store and returns how long it took to be ready. */
    long restartDaemon() {
        long startNs = System.nanoTime();
        daemon = startDaemon();
        daemon.awaitReady(READY_MS);
        return (System.nanoTime() - startNs) / 1_000_000;
    }

    private Victim startDaemon() {
        List<String> arguments = List.of(
                "daemon",
                "--socket",
                socket().toString(),
                "--data-dir",
                plan.dir().resolve("data").toString());
        return Victim.start("daemon", JavaCommand.relay(arguments), Map.of(), log("daemon"));
    }

    /** Recipients first, so that every name exists before something is sent to it. */
    void startAgents() {
        for (int i = 1; i <= plan.pairs(); i++) {
            startAgent("r" + i);
        }
        awaitAgents();
        for (int i = 1; i <= plan.pairs(); i++) {
            startAgent("s" + i);
        }
        awaitAgents();
    }

    void startAgent(String name) {
        Victim before = agents.get(name);
        if (before != null) {
            confirmedByTheDead += confirmed(before);
        }
        int life = lives.merge(name, 1, Integer::sum);
        agents.put(name, Victim.start(name, command(name, life), environment(), log(name)));
    }

    void awaitAgents() {
        agents.values().forEach(agent -> agent.awaitReady(READY_MS));
    }

    private List<String> command(String name, int life) {
        boolean isSender = name.startsWith("s");
        List<String> settings = new ArrayList<>(List.of(
                "role=" + (isSender ? "send" : "receive"),
                "name=" + name,
                "life=" + life,
                "socket=" + socket(),
                "history=" + plan.dir().resolve(name + "." + life + ".jsonl"),
                "seed=" + Math.floorMod((plan.seed() * 31 + name.hashCode()) * 31 + life, 1_000_000L)));
        settings.addAll(isSender ? sending(name) : receiving(name));
        return isPython(name) ? python(settings) : java(isSender, settings);
    }

    private List<String> sending(String name) {
        int i = Integer.parseInt(name.substring(1));
        String targets = "r" + i + ",r" + (i % plan.pairs() + 1) + (plan.topics() ? ",topic:torture." + name : "");
        return List.of("targets=" + targets, "bytes=200", "pace=" + plan.pace());
    }

    private List<String> receiving(String name) {
        List<String> settings =
                new ArrayList<>(List.of("nack_every=" + plan.nackEvery(), "refuse_every=" + plan.refuseEvery()));
        if (plan.topics()) {
            settings.add("subscribe=torture.>");
        }
        if (plan.inbox()) {
            settings.add("inbox=" + plan.dir().resolve(name + ".inbox"));
            settings.add("senders="
                    + IntStream.rangeClosed(1, plan.pairs())
                            .mapToObj(i -> "s" + i)
                            .collect(joining(",")));
        }
        return settings;
    }

    /** With both languages, senders and recipients of one number differ. */
    private boolean isPython(String name) {
        return switch (plan.language()) {
            case JAVA -> false;
            case PYTHON -> true;
            case BOTH -> (Integer.parseInt(name.substring(1)) % 2 == 0) == name.startsWith("s");
        };
    }

    private static List<String> java(boolean isSender, List<String> settings) {
        Class<?> main = isSender ? SenderAgent.class : ReceiverAgent.class;
        List<String> command = new ArrayList<>(JavaCommand.main(main.getName(), settings));
        command.addAll(1, SMALL_JAVA);
        return command;
    }

    private static List<String> python(List<String> settings) {
        List<String> command = new ArrayList<>();
        command.add(Home.python());
        command.add(Home.path("bin/lib/torture_agent.py").toString());
        command.addAll(settings);
        return command;
    }

    private static Map<String, String> environment() {
        return Map.of("PYTHONPATH", Home.path("relay-sdk-python/src").toString(), "PYTHONDONTWRITEBYTECODE", "1");
    }

    private Path log(String name) {
        return plan.dir().resolve(name + ".log");
    }

    // ---- what they have done

    /** Confirmed messages of all lives, as far as they have told. */
    long confirmed() {
        return confirmedByTheDead
                + senders().stream().mapToLong(name -> confirmed(agent(name))).sum();
    }

    private static long confirmed(Victim agent) {
        String json = agent.lastJson();
        return json != null && Json.object(json).get("confirmed") instanceof Long n ? n : 0;
    }

    // ---- ending

    /** Ends every process and removes the socket's directory; the store and the logs stay. */
    @Override
    public void close() {
        agents.values().forEach(Victim::kill);
        daemon.close();
        Folder.delete(socketDir);
    }
}
