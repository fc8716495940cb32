package dev.relay.cli.torture;

import dev.relay.cli.JavaCommand;
import dev.relay.protocol.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A process of its own with many connected agents that do nothing, see {@link Swarm}. Killed when closed. One thread. */
public final class IdleAgents implements AutoCloseable {
    private static final long READY_MS = 60_000;

    private final Victim process;
    private final int count;

    private IdleAgents(Victim process, int count) {
        this.process = process;
        this.count = count;
    }

    /** They begin to connect; names are the prefix, a dash and a number. */
    public static IdleAgents start(Path socket, String prefix, int count, Path logDir) {
        List<String> command = new ArrayList<>(JavaCommand.main(
                Swarm.class.getName(), List.of("socket=" + socket, "prefix=" + prefix, "count=" + count)));
        command.addAll(1, List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"));
        IdleAgents agents =
                new IdleAgents(Victim.start(prefix, command, Map.of(), logDir.resolve(prefix + ".log")), count);
        agents.process.awaitReady(READY_MS);
        return agents;
    }

    /** A number of its progress line, 0 before the first. */
    public long told(String key) {
        String json = process.lastJson();
        return json != null && Json.object(json).get(key) instanceof Long n ? n : 0;
    }

    /** False when not all are connected within that time. */
    public boolean awaitOpen(long timeoutMs) {
        return LoadBed.within(timeoutMs, () -> told("open") == count) >= 0;
    }

    @Override
    public void close() {
        process.kill();
    }
}
