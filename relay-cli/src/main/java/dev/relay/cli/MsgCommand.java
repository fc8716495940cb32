package dev.relay.cli;

import dev.relay.client.Relay;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "msg", addMethodSubcommands = false, description = "What became of single messages.")
final class MsgCommand {
    private static final Pattern ID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    private static final List<String> COLUMNS =
            List.of("ago", "event", "sender", "recipient", "class", "epoch", "seq", "detail");

    @Command(
            name = "trace",
            description = "The timeline of a message, oldest event first, from the daemon's newest 65,536 events.")
    int trace(
            @Parameters(paramLabel = "ID", description = "As in receipts, relay dlq ls and logs (message_id).")
                    String id,
            @Mixin BusOptions bus,
            @Mixin ViewOptions view) {
        check(id);
        return bus.rows(view, COLUMNS, relay -> timeline(relay, id));
    }

    private static List<? extends Map<?, ?>> timeline(Relay relay, String id) {
        List<Map<?, ?>> events =
                Rows.of(relay.control("message.trace", Map.of("id", id)).get("events"));
        if (events.isEmpty()) {
            throw new CliException(
                    ExitCode.NOT_FOUND,
                    "nothing is known of " + id + "; it is older than the newest events, or never came");
        }
        return events.stream().map(MsgCommand::readable).toList();
    }

    private static void check(String id) {
        if (!ID.matcher(id).matches()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "not a message id: " + id
                            + "; expected a UUID, as relay send prints it, relay dlq ls lists it as id, and logs name it message_id");
        }
    }

    private static Map<String, @Nullable Object> readable(Map<?, ?> event) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        event.forEach((key, value) -> row.put(String.valueOf(key), value));
        if (event.get("ago_us") instanceof Number ago) {
            row.put("ago", Spans.ofUs(ago.longValue()));
        }
        return row;
    }
}
