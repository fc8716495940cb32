package dev.relay.daemon.sim;

import dev.relay.daemon.routing.BusConfig;
import dev.relay.daemon.sim.SimAgent.Interest;
import dev.relay.protocol.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** One run: traffic and faults for some virtual seconds, then a heal phase in which everything must come to its end. */
final class Simulation {
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final int NAMED = 12;
    private static final long FAULTS_MS = 4_000;
    private static final long HEAL_STEP_MS = 5_000;
    private static final long LONGEST_MS = 3_600_000;

    final World world;
    final SimDaemon daemon;
    final History history;
    private final long seed;
    private final Plan plan;
    private final Traffic traffic;
    private final LateOwner late;
    private final Faults faults;
    private final List<SimAgent> agents = new ArrayList<>();

    Simulation(long seed) {
        this.seed = seed;
        world = new World(seed);
        plan = Plan.of(seed, new SplittableRandom(seed ^ 0x5eedL));
        daemon = new SimDaemon(world, config());
        history = new History(world, daemon);
        history.isFaultFree = plan.isFaultFree() && !plan.isLong(); // a long run cuts a link
        traffic = new Traffic(world, history);
        late = new LateOwner(world, history, traffic);
        faults = new Faults(world, daemon, history, agents, traffic, late);
    }

    /** Small limits, so that spill, pressure and refusals happen in a short run. */
    private BusConfig config() {
        int memory = plan.isMemorySmall() ? 6 : 2_000;
        return new BusConfig(
                "sim",
                1_000,
                3_000,
                30_000,
                2_000,
                6,
                plan.isWindowSmall() ? 8 : 2_000,
                Limits.WINDOW_BYTES,
                memory,
                Math.min(6, memory),
                2,
                plan.isMailboxSmall() ? 12 : 10_000,
                1 << 30,
                100);
    }

    Simulation run() {
        daemon.storeFailureChance = plan.storeFailure();
        daemon.start();
        for (String name : NAMES) {
            agents.add(new SimAgent(name, world, daemon, history, plan, traffic, late, interests(name), NAMES));
        }
        agents.forEach(agent -> agent.isMember = plan.isGrouped());
        agents.forEach(SimAgent::start);
        schedule();
        if (plan.isGrouped()) {
            scheduleGroup();
        }
        if (plan.isNamed()) {
            scheduleNamed();
        }
        if (plan.isHalting()) {
            new Halts(world, history, agents, seed).begin();
        }
        Operators operators = new Operators(world, history, agents, seed);
        if (plan.isMeddled()) {
            operators.begin(FAULTS_MS);
        }
        world.runUntilMs(FAULTS_MS);
        operators.heal();
        heal();
        finish();
        return this;
    }

    private List<Interest> interests(String name) {
        List<Interest> interests = new ArrayList<>();
        if (name.equals("c")) {
            interests.add(new Interest("a.*", true));
        }
        if (world.chance(0.4)) {
            interests.add(new Interest("a.>", world.chance(0.5)));
        }
        if (world.chance(0.3)) {
            interests.add(new Interest("b.>", false));
        }
        return interests;
    }

    private void schedule() {
        int calls = world.random.nextInt(20, 90);
        for (int i = 0; i < calls; i++) {
            world.afterMs(world.between(10, FAULTS_MS), this::one);
        }
        if (plan.isLong()) {
            world.afterMs(200, this::longBurst);
        }
        if (!plan.isFaultFree()) {
            faults.schedule(FAULTS_MS);
            for (int i = world.random.nextInt(4); i > 0; i--) {
                world.afterMs(world.between(1_000, FAULTS_MS + HEAL_STEP_MS), this::operate);
            }
        }
    }

    private void scheduleNamed() {
        int calls = world.random.nextInt(20, 60);
        for (int i = 0; i < calls; i++) {
            SimAgent from = agents.get(world.random.nextInt(agents.size()));
            int number = world.random.nextInt(NAMED);
            world.afterMs(world.between(10, FAULTS_MS), () -> {
                SimProcess process = from.process;
                process.act(() -> traffic.sendNamed(process, number));
            });
        }
    }

    private void scheduleGroup() {
        int calls = world.random.nextInt(20, 60);
        for (int i = 0; i < calls; i++) {
            SimAgent from = agents.get(world.random.nextInt(agents.size()));
            int burst = world.chance(0.2) ? 10 : 1;
            world.afterMs(world.between(10, FAULTS_MS), () -> {
                for (int k = 0; k < burst; k++) {
                    from.process.act(() -> sendToGroup(from.process));
                }
            });
        }
        if (!plan.isFaultFree() && world.chance(0.3)) {
            world.afterMs(world.between(100, FAULTS_MS / 2), faults::lateOwner);
        }
        for (int i = world.random.nextInt(3); i > 0; i--) {
            SimAgent leaver = agents.get(world.random.nextInt(agents.size()));
            world.afterMs(world.between(500, FAULTS_MS), () -> leaver.process.leaveGroupFor(world.between(1, 800)));
        }
    }

    private void sendToGroup(SimProcess from) {
        if (from.isAlive() && world.chance(0.1)) {
            traffic.ask(from, Traffic.GROUP, null);
        } else if (from.isAlive()) {
            traffic.sendToGroup(from, null);
        }
    }

    private void one() {
        SimProcess from = agents.get(world.random.nextInt(agents.size())).process;
        int burst = world.chance(0.15) ? 12 : 1;
        String to = world.chance(0.5) && burst > 1 ? NAMES.get(world.random.nextInt(NAMES.size())) : "";
        long apartNs = world.chance(0.4) ? world.between(10_000, 150_000) : 0;
        for (int k = 0; k < burst; k++) {
            from.afterNs(k * apartNs, () -> send(from, to));
        }
    }

    private void send(SimProcess from, String to) {
        if (!from.isAlive()) {
            return;
        }
        if (to.isEmpty()) {
            traffic.sendAny(from, null);
        } else {
            traffic.sendTo(from, to, null);
        }
    }

    /** More than a ring of 2,000 numbers could tell apart: one result is awaited while thousands pass it, then the link breaks. */
    private void longBurst() {
        SimAgent from = agents.get(0);
        SimProcess to = agents.get(1).process;
        to.act(() -> to.session.deliver(false));
        from.process.act(() -> {
            for (int i = 0; i < 2_300 && from.process.isAlive(); i++) {
                traffic.sendTo(from.process, NAMES.get(1), null);
            }
        });
        world.afterMs(1_500, () -> from.process.cut());
        world.afterMs(2_000, () -> to.act(() -> to.session.deliver(true)));
    }

    private void operate() {
        SimProcess operator = agents.get(world.random.nextInt(agents.size())).process;
        if (operator.isAlive()) {
            if (world.chance(0.3)) {
                history.subscriptions.ending(operator.agent.name, "a.>");
                operator.control("unsubscribe", java.util.Map.of("topic", "a.>"), reply -> {});
            } else {
                traffic.redriveOne(operator, daemon.disk);
            }
            operator.act(() -> {});
        }
    }

    private void heal() {
        faults.heal();
        agents.forEach(SimAgent::heal);
        long until = Math.max(FAULTS_MS + HEAL_STEP_MS, faults.overAtMs());
        world.runUntilMs(until);
        while (!isQuiet() && until < LONGEST_MS) {
            until += HEAL_STEP_MS;
            world.runUntilMs(until);
        }
        world.runUntilMs(until + 1_000);
    }

    private boolean isQuiet() {
        return daemon.bus != null
                && daemon.bus.snapshot().queuedMessages() == 0
                && agents.stream().allMatch(SimAgent::isQuiet);
    }

    private void finish() {
        daemon.collect();
        if (daemon.counters.containsKey("finished_unread") && daemon.counters.get("finished_unread") > 0) {
            daemon.disk.sweep();
        }
        for (SimAgent a : agents) {
            if (!a.isQuiet()) {
                history.violation("the outbox of " + a.name + " is not resolved alive=" + a.process.isAlive()
                        + " calls=" + a.process.unresolved());
            }
        }
        if (daemon.bus == null) {
            history.violation("the daemon is down");
        } else if (daemon.bus.snapshot().queuedMessages() != 0) {
            history.violation(
                    "queued after the heal phase: " + daemon.bus.snapshot().agents());
        } else if (!daemon.disk.isEmpty()) {
            history.violation("segments are left after the heal phase");
        }
        new Verdict(history).check();
        daemon.counters.forEach((name, n) -> history.sometimes.merge(name, n, Long::sum));
    }
}
