package dev.relay.cli.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Another message system to measure beside ours: its server, how that is started privately, what it can be asked, and what it promises then. */
enum PeerSystem {
    NATS_CORE("nats-server", Set.of(Part.REQUEST, Part.SEND), "nothing: who is away has lost it"),
    NATS_JETSTREAM("nats-server", Set.of(Part.WAIT, Part.SEND), "kept in a file that is synced every 2 minutes"),
    REDIS_STREAMS(
            "redis-server", Set.of(Part.REQUEST, Part.WAIT, Part.SEND), "kept in a file that is synced every second"),
    RABBITMQ("rabbitmq-server", Set.of(Part.REQUEST, Part.WAIT, Part.SEND), "sends: on disk; requests: nothing");

    static final String OURS = "safe by disk or ack, in order, repeats found, over any restart";

    private static final List<String> PLACES = List.of("/usr/lib/rabbitmq/bin", "/usr/sbin", "/usr/local/sbin");

    private final String program;

    @SuppressWarnings("ImmutableEnumChecker") // made by Set.of
    private final Set<Part> parts;

    private final String promise;

    PeerSystem(String program, Set<Part> parts, String promise) {
        this.program = program;
        this.parts = parts;
        this.promise = promise;
    }

    /** As on the command line: {@code nats-core}. */
    String lower() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Also the name of its Debian package. */
    String program() {
        return program;
    }

    String promise() {
        return promise;
    }

    boolean can(Part part) {
        return parts.contains(part);
    }

    static Optional<PeerSystem> of(String name) {
        return Arrays.stream(values()).filter(peer -> peer.lower().equals(name)).findFirst();
    }

    /** Where the server's program is; on PATH, or where Debian puts servers. RabbitMQ's own place first: the one on PATH changes the user. */
    Optional<Path> installed() {
        List<String> places = new ArrayList<>(PLACES);
        places.addAll(Arrays.asList(System.getenv().getOrDefault("PATH", "").split(":", -1)));
        return places.stream()
                .map(place -> Path.of(place, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    List<String> server(Path binary, Path dir, int port) {
        List<String> command = new ArrayList<>(List.of(binary.toString()));
        switch (this) {
            case NATS_CORE -> command.addAll(List.of("-a", "127.0.0.1", "-p", String.valueOf(port)));
            case NATS_JETSTREAM ->
                command.addAll(List.of("-a", "127.0.0.1", "-p", String.valueOf(port), "-js", "-sd", dir.toString()));
            case REDIS_STREAMS ->
                command.addAll(List.of(
                        "--bind",
                        "127.0.0.1",
                        "--port",
                        String.valueOf(port),
                        "--dir",
                        dir.toString(),
                        "--save",
                        "",
                        "--appendonly",
                        "yes",
                        "--appendfsync",
                        "everysec"));
            case RABBITMQ -> {
                // All by its environment.
            }
        }
        return command;
    }

    /** RabbitMQ's node, files, ports and name service, all private to the directory. */
    Map<String, String> environment(Path dir, int port, int otherPort, int namesPort) {
        return this != RABBITMQ
                ? Map.of()
                : Map.of(
                        "HOME", dir.toString(),
                        "RABBITMQ_NODENAME", "bench" + port + "@localhost",
                        "RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1",
                        "RABBITMQ_NODE_PORT", String.valueOf(port),
                        "RABBITMQ_DIST_PORT", String.valueOf(otherPort),
                        "ERL_EPMD_PORT", String.valueOf(namesPort),
                        "RABBITMQ_MNESIA_BASE", dir.toString(),
                        "RABBITMQ_LOG_BASE", dir.toString(),
                        "RABBITMQ_ENABLED_PLUGINS_FILE", dir.resolve("plugins").toString(),
                        "RABBITMQ_PID_FILE", dir.resolve("pid").toString());
    }

    String address(int port) {
        return switch (this) {
            case NATS_CORE, NATS_JETSTREAM -> "nats://127.0.0.1:" + port;
            case REDIS_STREAMS -> "redis://127.0.0.1:" + port;
            case RABBITMQ -> "amqp://guest:guest@127.0.0.1:" + port;
        };
    }
}
