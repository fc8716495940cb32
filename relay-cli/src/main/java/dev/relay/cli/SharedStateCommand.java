package dev.relay.cli;

import dev.relay.client.Relay;
import dev.relay.client.StateChange;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What agents share of themselves: which have a state, one of them, and their changes as they come. */
final class SharedStateCommand {
    private static final List<String> COLUMNS = List.of("agent", "version", "keys", "bytes");

    @Command(name = "agents", description = "Agents that share a state, with its version and size.")
    static final class Agents implements Callable<Integer> {
        @Parameters(paramLabel = "PATTERN", arity = "0..1", description = "A name, or its beginning and *.")
        String pattern = "*";

        @Mixin
        private BusOptions bus = new BusOptions();

        @Mixin
        private ViewOptions view = new ViewOptions();

        @Override
        public Integer call() {
            return bus.rows(view, COLUMNS, this::all);
        }

        private List<Map<?, ?>> all(Relay relay) {
            Map<String, String> asked = Map.of("pattern", pattern);
            return Rows.pages(relay, "state.ls", asked, "states", row -> String.valueOf(row.get("agent")));
        }
    }

    @Command(name = "show", description = "The state that an agent shares.")
    static final class Show implements Callable<Integer> {
        @Parameters(paramLabel = "AGENT", description = "Whose.")
        String agent = "";

        @Mixin
        private BusOptions bus = new BusOptions();

        @Mixin
        private ViewOptions view = new ViewOptions();

        @Override
        public Integer call() {
            return bus.object(view, relay -> relay.getState(agent));
        }
    }

    @Command(name = "watch", description = "States and their changes as they come: the whole first, then what changed.")
    static final class Watch implements Callable<Integer> {
        @Parameters(paramLabel = "PATTERN", arity = "0..1", description = "A name, or its beginning and *.")
        String pattern = "*";

        @Mixin
        private CountOption wanted = new CountOption();

        @Mixin
        private BusOptions bus = new BusOptions();

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Override
        public Integer call() throws InterruptedException {
            Output out = output.open();
            CountDownLatch left = wanted.left();
            try (Relay relay = bus.open()) {
                relay.watchState(pattern, change -> {
                    print(out, change);
                    left.countDown();
                });
                left.await();
                return ExitCode.OK;
            }
        }

        private static synchronized void print(Output out, StateChange change) {
            Map<String, @Nullable Object> set = new LinkedHashMap<>(change.state());
            if (!change.isWhole()) {
                set.keySet().retainAll(change.changed());
            }
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            row.put("agent", change.agent());
            row.put("version", change.version());
            row.put("whole", change.isWhole());
            row.put("set", set);
            row.put("removed", List.copyOf(change.removed()));
            if (out.isJson()) {
                out.json(row);
            } else {
                out.line(change.agent() + "  v" + change.version() + (change.isWhole() ? "  is " : "  set ") + set
                        + (change.removed().isEmpty() ? "" : " removed " + change.removed()));
            }
        }
    }

    private SharedStateCommand() {}
}
