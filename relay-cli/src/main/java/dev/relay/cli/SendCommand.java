package dev.relay.cli;

import dev.relay.client.Receipt;
import dev.relay.client.Relay;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "send", description = "Send one message and print its receipt.")
final class SendCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "AGENT")
    String target = "";

    @Parameters(index = "1", paramLabel = "KIND")
    String kind = "";

    @Parameters(index = "2", paramLabel = "PAYLOAD", description = "JSON, or text.")
    String payload = "";

    @Option(names = "--wait", description = "Wait until the recipient has handled it.")
    boolean isWaiting;

    @Option(names = "--timeout", defaultValue = "5s")
    Duration timeout = Duration.ofSeconds(5);

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (Relay relay = bus.open()) {
            Receipt receipt = isWaiting
                    ? relay.sendAndWait(target, kind, Payload.of(payload), timeout)
                    : relay.send(target, kind, Payload.of(payload)).result(timeout);
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("ok", true);
            fields.put("by", receipt.by().name().toLowerCase(Locale.ROOT));
            output.open().object(fields);
            return ExitCode.OK;
        }
    }
}
