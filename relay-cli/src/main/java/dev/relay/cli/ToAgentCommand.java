package dev.relay.cli;

import dev.relay.client.Relay;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What commands that send an agent one message have in common. */
abstract class ToAgentCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "AGENT", description = "To whom.")
    String target = "";

    @Parameters(index = "1", paramLabel = "KIND", description = "Chooses its handler.")
    String kind = "";

    @Parameters(index = "2", paramLabel = "PAYLOAD", description = "JSON, or text.")
    String payload = "";

    @Option(
            names = "--timeout",
            defaultValue = "5s",
            description = "How long to wait for the answer or the receipt; default: ${DEFAULT-VALUE}.")
    Duration timeout = Duration.ofSeconds(5);

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public final Integer call() {
        return bus.with(relay -> {
            send(relay, output.open());
            return ExitCode.OK;
        });
    }

    /** Sends it and prints what came of it. */
    abstract void send(Relay relay, Output out);
}
