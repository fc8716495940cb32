package dev.relay.cli;

import dev.relay.client.Relay;
import dev.relay.client.RelayBuilder;
import dev.relay.client.RelayException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command reaches the daemon, and the usual ways to use it: {@link #with}, {@link #rows}, {@link #object}. */
final class BusOptions {
    private static final int NAMES = 8;
    /** A daemon on this host answers in milliseconds; a person should not wait for one that is not there. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

    @Option(names = "--socket", description = "The daemon's socket; default: RELAY_SOCKET, else the run directory.")
    @Nullable
    Path socket;

    @Option(names = "--as", paramLabel = "NAME", description = "Agent name of this command; default: cli.")
    @Nullable
    String name;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Holds the token of the name, or the daemon's admin token, whose holder is an operator.")
    @Nullable
    Path tokenFile;

    /** Connects; a default name that is in use gives way to cli-2 … cli-8. */
    Relay open() {
        if (name != null) {
            return open(name);
        }
        for (int i = 2; ; i++) {
            try {
                return open(i == 2 ? "cli" : "cli-" + (i - 1));
            } catch (CliException e) {
                if (i > NAMES || !String.valueOf(e.getMessage()).contains("NAME_IN_USE")) {
                    throw e;
                }
            }
        }
    }

    /** Connects, does it and leaves. */
    <T> T with(Function<Relay, T> action) {
        try (Relay relay = open()) {
            return action.apply(relay);
        }
    }

    /** Prints rows that are read over the bus. */
    int rows(OutputOptions output, List<String> columns, Function<Relay, List<? extends Map<?, ?>>> read) {
        return with(relay -> {
            output.open().rows(columns, read.apply(relay));
            return ExitCode.OK;
        });
    }

    /** Prints an object that is read over the bus, or what came of an act. */
    int object(OutputOptions output, Function<Relay, Map<String, ? extends @Nullable Object>> read) {
        return with(relay -> {
            output.open().object(read.apply(relay));
            return ExitCode.OK;
        });
    }

    /** Connects under that name, unless another one is given; a server that waits inside its handlers. */
    Relay openServer(String agent, int handlerThreads) {
        return connect(builder(Objects.requireNonNullElse(name, agent)).handlerThreads(handlerThreads));
    }

    /** Where the daemon is looked for. */
    Path path() {
        String fromEnvironment = System.getenv("RELAY_SOCKET");
        if (socket == null && fromEnvironment != null && !fromEnvironment.isEmpty()) {
            return Path.of(fromEnvironment);
        }
        return socket == null ? RunDir.standard().resolve("relay.sock") : socket;
    }

    private Relay open(String agent) {
        return connect(builder(agent));
    }

    private RelayBuilder builder(String agent) {
        RelayBuilder builder = Relay.builder(agent).connectTimeout(CONNECT_TIMEOUT);
        if (socket != null) {
            builder.socket(socket);
        }
        if (tokenFile != null) {
            builder.auth(token(tokenFile));
        }
        return builder;
    }

    private static String token(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new CliException(ExitCode.USAGE, "--token-file cannot be read: " + e);
        }
    }

    private static Relay connect(RelayBuilder builder) {
        try {
            return builder.connect();
        } catch (RelayException e) {
            throw new CliException(
                    "NOT_CONNECTED".equals(e.code()) || "TIMEOUT".equals(e.code())
                            ? ExitCode.UNREACHABLE
                            : ExitCode.FAILED,
                    String.valueOf(e.getMessage()));
        }
    }
}
