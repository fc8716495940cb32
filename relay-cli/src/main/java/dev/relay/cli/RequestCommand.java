package dev.relay.cli;

import dev.relay.client.Relay;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "request", description = "Ask an agent and print its answer.")
final class RequestCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "AGENT")
    String target = "";

    @Parameters(index = "1", paramLabel = "KIND")
    String kind = "";

    @Parameters(index = "2", paramLabel = "PAYLOAD", description = "JSON, or text.")
    String payload = "";

    @Option(names = "--timeout", defaultValue = "5s")
    Duration timeout = Duration.ofSeconds(5);

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (Relay relay = bus.open()) {
            output.open()
                    .line(relay.request(target, kind, Payload.of(payload), timeout)
                            .text());
            return ExitCode.OK;
        }
    }
}
