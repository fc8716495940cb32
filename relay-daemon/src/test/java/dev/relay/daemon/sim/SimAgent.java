package dev.relay.daemon.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A name and the process that has it now; a supervisor starts the next process when one has ended. */
final class SimAgent {
    record Interest(String pattern, boolean durable) {}

    final String name;
    final World world;
    final SimDaemon daemon;
    final History history;
    final Plan plan;
    final Traffic traffic;
    final LateOwner late;
    final List<Interest> interests;
    private final List<String> peers;
    private final Map<Integer, Long> newest = new HashMap<>();
    private boolean isHealed;
    private final List<SimProcess> elders = new ArrayList<>();
    /** Of the work group. */
    boolean isMember;

    /** Number of the process that had the session last. */
    private int owner;

    SimProcess process;
    private int incarnation = 1;

    SimAgent(
            String name,
            World world,
            SimDaemon daemon,
            History history,
            Plan plan,
            Traffic traffic,
            LateOwner late,
            List<Interest> interests,
            List<String> peers) {
        this.name = name;
        this.world = world;
        this.daemon = daemon;
        this.history = history;
        this.plan = plan;
        this.traffic = traffic;
        this.late = late;
        this.interests = interests;
        this.peers = peers;
        this.process = new SimProcess(this, incarnation);
    }

    void start() {
        process.begin();
    }

    String randomPeer() {
        return peers.get(world.random.nextInt(peers.size()));
    }

    void heal() {
        isHealed = true;
    }

    boolean mayFail() {
        return !isHealed;
    }

    /** kill -9 of the present process; the next one starts after a while. */
    void kill(long downMs) {
        SimProcess old = process;
        old.kill();
        restart(old, downMs);
    }

    /** A message kills the process that handles it, whoever has the name now. */
    void die(SimProcess victim) {
        victim.kill();
        if (victim != process) {
            history.died(name); // it had the session, or has it still
        } else {
            restart(victim, world.between(1, 100));
        }
    }

    /** An orderly stop. */
    void close(long downMs) {
        SimProcess old = process;
        old.close();
        restart(old, downMs);
    }

    /** A process has the name's session. An older one has it again when a crash has forgotten the newer; else it reads late what it was told before it was stopped. */
    void onOpen(SimProcess opened) {
        if (opened.incarnation < owner && daemon.disk.epochOf(name) <= opened.session.epoch()) {
            owner = opened.incarnation;
            history.isOwnerAgain(opened);
        }
        owner = Math.max(owner, opened.incarnation);
    }

    /** No newer process has had the session since: what it says counts. */
    boolean isOwner(SimProcess asking) {
        return asking.incarnation >= owner;
    }

    /** The process was told to go; the one that it wanted to replace may have woken up. */
    void onEnd(SimProcess ended) {
        if (ended != process) {
            return;
        }
        for (SimProcess old : elders) {
            if (old.isAlive() && isOwner(old)) {
                process = old;
                return;
            }
        }
        restart(ended, world.between(100, 1_500));
    }

    private void restart(SimProcess old, long downMs) {
        history.died(name);
        world.afterMs(downMs, () -> {
            if (process == old) {
                replace();
            }
        });
    }

    /** A second process takes the name while the first may still live. */
    void replace() {
        elders.add(process);
        process = new SimProcess(this, ++incarnation);
        newest.clear();
        process.begin();
    }

    /** The highest seq that a process wrote on one of its streams. */
    long newestOf(SimProcess asking, int handle) {
        return asking == process ? newest.getOrDefault(handle, 0L) : 0;
    }

    void sent(SimProcess by, int handle, long seq) {
        if (by == process) {
            newest.merge(handle, seq, Math::max);
        }
    }

    boolean isQuiet() {
        return process.isAlive() && process.session.outboxMessages() == 0;
    }
}
