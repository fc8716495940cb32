package dev.relay.cli;

import dev.relay.client.Relay;
import picocli.CommandLine.Command;

@Command(name = "request", description = "Ask an agent and print its answer.")
final class RequestCommand extends ToAgentCommand {
    @Override
    void send(Relay relay, Output out) {
        out.line(relay.request(target, kind, Payload.of(payload), timeout).text());
    }
}
