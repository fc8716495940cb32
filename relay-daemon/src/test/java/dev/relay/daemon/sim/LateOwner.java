package dev.relay.daemon.sim;

import dev.relay.client.internal.Inbound;
import dev.relay.daemon.sim.Call.Run;
import org.jspecify.annotations.Nullable;

/**
 * The owner of a partition is stopped inside a handler until its partitions have moved. The next owner fails with the same message, and before it tries again the first one wakes up: the ack
 * of a handler that has lost its partition is the first thing that it says. If that counted, nobody who owns the partition would ever have handled the message.
 */
final class LateOwner {
    private static final int WORDS = 10;
    private static final long SHORTEST_MS = 3_300;
    private static final long LONGEST_MS = 4_700;

    private final World world;
    private final History history;
    private final Traffic traffic;
    private @Nullable SimProcess owner;
    private @Nullable Call caught;
    private long overAtMs;

    LateOwner(World world, History history, Traffic traffic) {
        this.world = world;
        this.history = history;
        this.traffic = traffic;
    }

    /** Waits for the victim to start something of a partition; others give it something to do. Returns when it is over at the latest, in ms from now. */
    long begin(SimAgent victim, SimAgent sender) {
        if (owner == null && victim.process.isAlive()) {
            owner = victim.process;
            for (int i = 0; i < WORDS; i++) {
                sender.process.afterNs(
                        world.between(1_000_000, 100_000_000), () -> traffic.sendToGroup(sender.process, null));
            }
        }
        return 2 * LONGEST_MS;
    }

    /** Any process starts any handler. */
    void started(SimProcess process, Inbound m, Run run) {
        if (process != owner || m.seat() == null || m.isRequest() || caught != null) {
            return;
        }
        caught = run.call;
        long ms = world.between(SHORTEST_MS, LONGEST_MS);
        overAtMs = world.nowMs() + ms;
        process.stop();
        world.afterMs(ms, process::resume);
    }

    /** Whoever else handles it meanwhile fails. */
    boolean mustFail(SimProcess process, Run run) {
        boolean fails = run.call == caught && process != owner && world.nowMs() <= overAtMs;
        if (fails) {
            history.count("late_owners");
        }
        return fails;
    }
}
