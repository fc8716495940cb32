package dev.relay.cli;

import dev.relay.client.Relay;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "queue", description = "Lanes: what waits for whom, from whom; the longest first.")
final class QueueCommand implements Callable<Integer> {
    static final List<String> COLUMNS =
            List.of("sender", "recipient", "class", "queued", "in_flight", "halted", "overflow", "on_dead_letter");

    @Parameters(paramLabel = "AGENT", arity = "0..1", description = "Only what is for this agent.")
    @Nullable
    String agent;

    @Option(names = "--waiting", description = "Only lanes in which something waits.")
    boolean isWaiting;

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private ViewOptions view = new ViewOptions();

    @Override
    public Integer call() {
        return bus.rows(view, COLUMNS, relay -> {
            List<Map<?, ?>> lanes = lanes(relay, agent == null ? "" : agent);
            lanes.removeIf(lane -> isWaiting && pressure(lane) == 0);
            return lanes;
        });
    }

    /** All lanes of a recipient, or of everybody ("" for operators), the longest first. */
    static List<Map<?, ?>> lanes(Relay relay, String recipient) {
        List<Map<?, ?>> lanes = new ArrayList<>(
                Rows.of(relay.control("lane.ls", Map.of("recipient", recipient)).get("lanes")));
        lanes.sort(Comparator.comparingLong(QueueCommand::pressure).reversed());
        return lanes;
    }

    static long pressure(Map<?, ?> lane) {
        return number(lane.get("queued")) + number(lane.get("in_flight"));
    }

    private static long number(@Nullable Object value) {
        return value instanceof Number n ? n.longValue() : 0;
    }
}
