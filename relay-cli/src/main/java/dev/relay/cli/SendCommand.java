package dev.relay.cli;

import dev.relay.client.Receipt;
import dev.relay.client.Relay;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "send", description = "Send one message and print its receipt.")
final class SendCommand extends ToAgentCommand {
    @Option(names = "--wait", description = "Wait until the recipient has handled it.")
    boolean isWaiting;

    @Override
    void send(Relay relay, Output out) {
        out.object(fields(
                isWaiting
                        ? relay.sendAndWait(target, kind, Payload.of(payload), timeout)
                        : relay.send(target, kind, Payload.of(payload)).result(timeout)));
    }

    /** A receipt for people. */
    static Map<String, Object> fields(Receipt receipt) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("ok", true);
        fields.put("by", receipt.by().name().toLowerCase(Locale.ROOT));
        return fields;
    }
}
