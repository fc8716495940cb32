package dev.relay.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "groups", description = "List work groups, or the partitions of one with their owners.")
final class GroupsCommand implements Callable<Integer> {
    private static final List<String> GROUP_COLUMNS = List.of("group", "members", "owned", "moving", "queued");
    private static final List<String> PARTITION_COLUMNS =
            List.of("partition", "owner", "epoch", "queued", "unacked", "moving");

    @Parameters(paramLabel = "NAME", arity = "0..1", description = "one group")
    private @Nullable String name;

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private ViewOptions output = new ViewOptions();

    @Override
    public Integer call() {
        String group = name;
        return group == null
                ? bus.rows(output, GROUP_COLUMNS, relay -> relay.groups().list())
                : bus.rows(
                        output,
                        PARTITION_COLUMNS,
                        relay -> Rows.of(relay.groups().get(group).get("partitions")));
    }
}
