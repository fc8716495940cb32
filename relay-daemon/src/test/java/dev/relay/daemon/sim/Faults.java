package dev.relay.daemon.sim;

import java.util.List;

/** What breaks, when, and for how long. */
final class Faults {
    private final World world;
    private final SimDaemon daemon;
    private final History history;
    private final List<SimAgent> agents;
    private final ForgottenTakeover forgottenTakeover;
    private final LateOwner late;
    private boolean isHealed;
    private long overAtMs;

    Faults(World world, SimDaemon daemon, History history, List<SimAgent> agents, Traffic traffic, LateOwner late) {
        this.world = world;
        this.daemon = daemon;
        this.history = history;
        this.agents = agents;
        this.late = late;
        this.forgottenTakeover = new ForgottenTakeover(world, daemon, history, traffic);
    }

    void schedule(long untilMs) {
        int n = world.random.nextInt(0, 12);
        for (int i = 0; i < n; i++) {
            world.afterMs(world.between(20, untilMs), this::one);
        }
    }

    private void one() {
        SimAgent victim = agents.get(world.random.nextInt(agents.size()));
        switch (world.random.nextInt(24)) {
            case 0, 1 -> victim.process.halfCut(world.between(100, 1_500));
            case 2, 3, 4 -> victim.process.cut();
            case 5, 6, 7 -> victim.kill(world.chance(0.2) ? world.between(500, 4_000) : world.between(1, 100));
            case 8 -> victim.close(world.between(1, 500));
            case 9, 10, 11, 12 -> crashDaemon();
            case 13 -> stopDaemon();
            case 14 -> powerLoss();
            case 15 -> failStore();
            case 16 -> fillDisk();
            case 17 -> slowStore();
            case 18 -> freeze(victim, world.between(200, 5_000));
            case 19 -> zombie(victim);
            case 20 -> stepClock();
            case 21 -> corrupt();
            case 22 -> strangers();
            default -> rare(victim);
        }
    }

    private void rare(SimAgent victim) {
        if (world.chance(0.15)) {
            replaceStore();
        } else if (world.chance(0.2)) {
            takeover(victim);
        } else {
            agents.forEach(a -> a.process.cut());
        }
    }

    private void crashDaemon() {
        if (daemon.bus != null) {
            history.count("daemon_kills");
            daemon.crash();
            daemon.changeAccess();
            restartDaemon(world.between(1, 200));
        }
    }

    private void restartDaemon(long downMs) {
        world.afterMs(downMs, daemon::startIfDown);
    }

    private void stopDaemon() {
        if (daemon.bus != null) {
            history.count("daemon_stops");
            daemon.stop();
            awaitStop();
        }
    }

    private void awaitStop() {
        world.afterMs(20, () -> {
            if (daemon.bus == null) {
                restartDaemon(world.between(1, 100));
            } else if (daemon.isStopping()) {
                awaitStop();
            }
        });
    }

    /** Everything dies at once and the clock may have moved. */
    private void powerLoss() {
        history.count("power_losses");
        if (daemon.bus != null) {
            daemon.crash();
        }
        daemon.disk.rebooted();
        history.rebooted();
        agents.forEach(a -> a.kill(world.between(300, 900)));
        restartDaemon(world.between(100, 800));
    }

    private void failStore() {
        daemon.storeFailureChance = 0.6;
        world.afterMs(300, () -> daemon.storeFailureChance = 0);
    }

    private void fillDisk() {
        history.count("disk_full");
        daemon.isDiskFull = true;
        world.afterMs(world.between(100, 1_500), () -> daemon.isDiskFull = false);
    }

    private void slowStore() {
        daemon.storeLatencyNs = world.between(20_000_000, 400_000_000);
        world.afterMs(world.between(200, 1_500), () -> daemon.storeLatencyNs = 3_000_000);
    }

    /** SIGSTOP for a while. */
    private void freeze(SimAgent victim, long ms) {
        SimProcess frozen = victim.process;
        frozen.stop();
        resumeLater(frozen, ms);
    }

    /** SIGSTOP, and somebody starts another process of that name meanwhile; the first one wakes up after it was fenced. */
    private void zombie(SimAgent victim) {
        history.count("zombies");
        SimProcess zombie = victim.process;
        zombie.stop();
        world.afterMs(world.between(500, 5_000), () -> {
            if (victim.process == zombie) {
                history.died(victim.name); // its session ends as that of a dead one does
                victim.replace();
            }
        });
        resumeLater(zombie, world.between(4_000, 45_000));
    }

    private void takeover(SimAgent victim) {
        if (victim.process.isAlive()) {
            overAtMs = Math.max(overAtMs, world.nowMs() + forgottenTakeover.begin(victim) + 1);
        }
    }

    void lateOwner() {
        int victim = world.random.nextInt(agents.size());
        SimAgent sender = agents.get((victim + 1) % agents.size());
        overAtMs = Math.max(overAtMs, world.nowMs() + late.begin(agents.get(victim), sender) + 1);
    }

    private void resumeLater(SimProcess frozen, long ms) {
        overAtMs = Math.max(overAtMs, world.nowMs() + ms + 1);
        world.afterMs(ms, frozen::resume);
    }

    /** When the last one that was stopped goes on. */
    long overAtMs() {
        return overAtMs;
    }

    private void stepClock() {
        history.count("clock_steps");
        world.stepWallClock(world.between(-7_200_000, 7_200_000));
        history.clockStepped();
    }

    private void corrupt() {
        if (daemon.bus != null) {
            daemon.crash();
            daemon.disk.corruptOne();
            restartDaemon(world.between(1, 50));
        }
    }

    /** Connections that never say HELLO. */
    private void strangers() {
        int n = world.random.nextInt(1, 8);
        for (int i = 0; i < n; i++) {
            SimPeer peer = SimPeer.silent();
            daemon.connect(peer);
        }
    }

    private void replaceStore() {
        if (daemon.bus != null && !isHealed) {
            history.count("stores_replaced");
            daemon.crash();
            daemon.disk.wipe();
            history.storeReplaced();
            restartDaemon(world.between(1, 100));
        }
    }

    /** From now on nothing breaks any more. */
    void heal() {
        isHealed = true;
        daemon.storeFailureChance = 0;
        daemon.isDiskFull = false;
        daemon.storeLatencyNs = 3_000_000;
    }
}
