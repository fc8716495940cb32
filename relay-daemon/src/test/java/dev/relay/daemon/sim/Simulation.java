package dev.relay.daemon.sim;

import dev.relay.daemon.routing.BusConfig;
import dev.relay.protocol.Limits;
import java.util.ArrayList;
import java.util.List;

/** One run: traffic and faults for some virtual seconds, then a heal phase in which everything must come to its end. */
final class Simulation {
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final long FAULTS_MS = 4_000;
    private static final long HEAL_MS = 60_000;
    private static final long LONGEST_MS = 1_800_000;

    final World world;
    final SimDaemon daemon;
    final History history = new History();
    private final List<ModelClient> clients = new ArrayList<>();

    Simulation(long seed) {
        world = new World(seed);
        daemon = new SimDaemon(world, config());
    }

    /** Small limits, so that spill, pressure and refusals happen in a short run. */
    private BusConfig config() {
        int memory = world.chance(0.5) ? 6 : 2_000;
        int mailbox = world.chance(0.2) ? 12 : 1_000;
        return new BusConfig(
                "sim",
                1_000,
                3_000,
                30_000,
                2_000,
                64,
                2_000,
                Limits.WINDOW_BYTES,
                memory,
                Math.min(6, memory),
                2,
                mailbox,
                1 << 30,
                100);
    }

    Simulation run() {
        daemon.setStoreFailureChance(world.chance(0.3) ? 0.2 : 0);
        daemon.start();
        boolean failing = world.chance(0.5);
        boolean poison = world.chance(0.2);
        for (String name : NAMES) {
            ModelClient c = new ModelClient(name, world, daemon, history, NAMES);
            c.failureChance = failing ? 0.05 : 0;
            c.poisonChance = poison ? 0.05 : 0;
            c.isSubscriber = name.equals("c");
            clients.add(c);
            c.connect();
        }
        traffic();
        faults();
        world.runUntilMs(FAULTS_MS);
        heal();
        long until = FAULTS_MS + HEAL_MS;
        world.runUntilMs(until);
        while (!isQuiet() && until < LONGEST_MS) {
            until += HEAL_MS;
            world.runUntilMs(until);
        }
        world.runUntilMs(until + 1_000);
        finish();
        return this;
    }

    private void traffic() {
        int sends = world.random.nextInt(20, 80);
        for (int i = 0; i < sends; i++) {
            ModelClient from = clients.get(world.random.nextInt(clients.size()));
            String to = world.chance(0.2) ? "topics" : NAMES.get(world.random.nextInt(NAMES.size()));
            int burst = world.chance(0.2) ? 12 : 1;
            boolean wants = world.chance(0.3);
            world.afterMs(world.random.nextLong(10, FAULTS_MS), () -> {
                for (int k = 0; k < burst && !to.equals(from.name); k++) {
                    from.send(to, 0, wants);
                }
            });
        }
    }

    private void faults() {
        int faults = world.random.nextInt(0, 10);
        for (int i = 0; i < faults; i++) {
            ModelClient victim = clients.get(world.random.nextInt(clients.size()));
            int kind = world.random.nextInt(10);
            world.afterMs(world.random.nextLong(20, FAULTS_MS), () -> {
                if (kind < 2) {
                    victim.halfCut();
                } else if (kind < 4) {
                    victim.cut();
                } else if (kind < 6) {
                    victim.kill();
                } else if (kind < 9) {
                    restartDaemon();
                } else {
                    daemon.setStoreFailureChance(0.6);
                    world.afterMs(300, () -> daemon.setStoreFailureChance(0));
                }
            });
        }
    }

    private void restartDaemon() {
        if (daemon.bus != null) {
            daemon.crash();
            world.afterMs(world.random.nextLong(1, 200), () -> {
                if (daemon.bus == null) {
                    daemon.start();
                }
            });
        }
    }

    private void heal() {
        daemon.setStoreFailureChance(0);
        clients.forEach(c -> c.failureChance = 0);
    }

    private boolean isQuiet() {
        return daemon.bus != null
                && daemon.bus.snapshot().queuedMessages() == 0
                && clients.stream().allMatch(ModelClient::isQuiet);
    }

    private void finish() {
        daemon.disk.deadLetters.forEach(d -> {
            byte[] frame = java.util.Objects.requireNonNull(d.row().frame());
            history.dead.add(d.row().idMsb());
            if (frame.length < 64) {
                history.violations.add("dead letter without frame no=" + d.row().no());
            }
        });
        history.check();
        for (ModelClient c : clients) {
            if (!c.isQuiet()) {
                history.violations.add("outbox of " + c.name + " is not resolved");
            }
        }
        if (daemon.bus == null) {
            history.violations.add("daemon is down");
            return;
        }
        if (daemon.bus.snapshot().queuedMessages() != 0) {
            history.violations.add("queued after heal: " + daemon.bus.snapshot().agents());
        }
        if (!daemon.disk.isEmpty()) {
            history.violations.add("segments left after heal");
        }
        daemon.collect();
    }
}
