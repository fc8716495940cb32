package dev.relay.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "health",
        description = "Health score of the daemon with its named deductions; exit code 6 below --min.")
final class HealthCommand implements Callable<Integer> {
    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private WatchOptions output = new WatchOptions();

    @Option(names = "--min", defaultValue = "50", description = "Lowest score that counts as healthy.")
    int minimum;

    @Override
    public Integer call() {
        Map<String, ?> health = bus.with(relay -> Control.ask(relay, "health", Map.of()));
        output.open().object(health);
        return health.get("score") instanceof Number score && score.intValue() >= minimum
                ? ExitCode.OK
                : ExitCode.UNHEALTHY;
    }
}
