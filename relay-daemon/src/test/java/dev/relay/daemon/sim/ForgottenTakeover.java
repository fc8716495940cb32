package dev.relay.daemon.sim;

/**
 * A second process takes the name of one that is only stopped and speaks at once; the daemon dies before it has committed the epoch of the second, and the first comes back before it.
 * What a recipient had seen of the second would then stand above everything that the first still says (R1).
 */
final class ForgottenTakeover {
    private static final int WORDS = 8;

    private final World world;
    private final SimDaemon daemon;
    private final History history;
    private final Traffic traffic;

    ForgottenTakeover(World world, SimDaemon daemon, History history, Traffic traffic) {
        this.world = world;
        this.daemon = daemon;
        this.history = history;
        this.traffic = traffic;
    }

    /** Returns when all that were stopped go on again, in ms from now. */
    long begin(SimAgent victim) {
        SimProcess first = victim.process;
        first.stop();
        daemon.storeLatencyNs = 400_000_000;
        history.died(victim.name); // its session ends as that of a dead one does
        victim.replace();
        SimProcess second = victim.process;
        speak(second);
        long crashMs = world.between(20, 200);
        long backMs = crashMs + world.between(500, 2_000);
        world.afterMs(crashMs, () -> forget(victim, first, second));
        world.afterMs(backMs, second::resume);
        return backMs;
    }

    private void forget(SimAgent victim, SimProcess first, SimProcess second) {
        if (daemon.bus != null) {
            daemon.crash();
            world.afterMs(1, daemon::startIfDown);
        }
        daemon.storeLatencyNs = 3_000_000;
        second.stop();
        if (daemon.disk.epochOf(victim.name) < second.session.epoch()) {
            history.count("takeovers_forgotten");
        }
        speak(first);
        first.resume();
    }

    private void speak(SimProcess process) {
        for (int i = 0; i < WORDS; i++) {
            process.afterNs(
                    world.between(0, 20_000_000), () -> traffic.sendTo(process, process.agent.randomPeer(), null));
        }
    }
}
