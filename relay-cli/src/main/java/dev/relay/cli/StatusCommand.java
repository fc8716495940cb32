package dev.relay.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "status", description = "Counters and store state of the daemon.")
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private WatchOptions output = new WatchOptions();

    @Override
    public Integer call() {
        return bus.object(output, relay -> Control.ask(relay, "status", Map.of()));
    }
}
