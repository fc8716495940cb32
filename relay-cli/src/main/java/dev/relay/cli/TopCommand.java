package dev.relay.cli;

import dev.relay.cli.top.Top;
import dev.relay.client.redis.StateReader;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "top",
        description =
                "The whole on one screen: agents, lanes under pressure, books, budgets, dead letters, and what is wrong. Keys: h.")
final class TopCommand implements Callable<Integer> {
    @Option(names = "--every", defaultValue = "250ms", description = "How often to look; default: ${DEFAULT-VALUE}.")
    Duration every = Duration.ofMillis(250);

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private RedisOptions redis = new RedisOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!Tty.isOut()) {
            throw new CliException(ExitCode.USAGE, "top needs a terminal; elsewhere use: relay status --watch");
        }
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            new Top(terminal, Tty.isColourful(), every)
                    .run(bus::open, this::books, reader -> reader.books(redis.venues(), redis.template()));
            return ExitCode.OK;
        }
    }

    /** A sidecar that comes later is found when it has published where its books are. */
    private @Nullable StateReader books() {
        boolean isPublished = redis.redis != null
                || Files.exists((redis.runDir == null ? RunDir.standard() : redis.runDir).resolve("redis.json"));
        return isPublished ? redis.open() : null;
    }
}
