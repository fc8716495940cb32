package dev.relay.cli;

import dev.relay.client.Quota;
import dev.relay.client.Relay;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How much agents may send, and how much may wait for them and for work groups; operators set it. */
@Command(name = "quota", description = "Quotas of agents and work groups: list, set.", addMethodSubcommands = false)
final class QuotaCommand {
    private static final List<String> COLUMNS =
            List.of("agent", "messages_per_s", "bytes_per_s", "mailbox_messages", "mailbox_bytes");

    @Command(name = "list", description = "Those that are set; 0 is no limit.")
    int list(@Mixin BusOptions bus, @Mixin ViewOptions view) {
        try (Relay relay = bus.open()) {
            List<Map<?, ?>> rows = new ArrayList<>();
            relay.quotas().list().forEach((target, quota) -> rows.add(row(target, quota)));
            view.open().rows(COLUMNS, rows);
            return ExitCode.OK;
        }
    }

    @Command(
            name = "set",
            description = "Limit an agent, '*' (all that have none of their own) or group:NAME (its mailbox). What is"
                    + " not given is no limit; without any the quota is taken away.")
    int set(
            @Parameters(paramLabel = "NAME", description = "An agent, or group:NAME.") String name,
            @Option(names = "--messages-per-s", paramLabel = "N", description = "That it may send.") long messages,
            @Option(names = "--bytes-per-s", paramLabel = "N", description = "That it may send.") long bytes,
            @Option(names = "--mailbox-messages", paramLabel = "N", description = "That may wait for it.")
                    long mailboxMessages,
            @Option(names = "--mailbox-bytes", paramLabel = "N", description = "That may wait for it.")
                    long mailboxBytes,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        Quota quota = new Quota(messages, bytes, mailboxMessages, mailboxBytes);
        try (Relay relay = bus.open()) {
            relay.quotas().set(name, quota);
            output.open().object(row(name, quota));
            return ExitCode.OK;
        }
    }

    private static Map<String, Object> row(String target, Quota quota) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("agent", target);
        row.put("messages_per_s", quota.messagesPerS());
        row.put("bytes_per_s", quota.bytesPerS());
        row.put("mailbox_messages", quota.mailboxMessages());
        row.put("mailbox_bytes", quota.mailboxBytes());
        return row;
    }
}
