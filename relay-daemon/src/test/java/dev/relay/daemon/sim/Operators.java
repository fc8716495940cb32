package dev.relay.daemon.sim;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Operators who meddle while things break: they pause agents and lanes and resume them, set quotas, say what a lane does when it is full or when a message of it dies, change that again while it is halted,
 * and close breakers. In the end they undo it until nothing waits any more. Has chances of its own, so that runs without it stay as they are.
 */
final class Operators {
    private static final long UNDO_MS = 2_000;
    private static final long LOOK_MS = 250;
    private static final List<String> CLASSES = List.of("message", "topic");
    private static final List<String> OVERFLOWS = List.of("spill", "block", "refuse");
    private static final List<String> DEATHS = List.of("skip", "halt");

    private final World world;
    private final History history;
    private final List<SimAgent> agents;
    private final SplittableRandom random;
    private boolean isMeddling;

    Operators(World world, History history, List<SimAgent> agents, long seed) {
        this.world = world;
        this.history = history;
        this.agents = agents;
        this.random = new SplittableRandom(seed ^ 0x09e7L);
    }

    void begin(long untilMs) {
        isMeddling = true;
        for (int n = random.nextInt(5, 40); n > 0; n--) {
            world.afterMs(random.nextLong(20, untilMs), this::meddle);
        }
        look();
    }

    /** Whoever has a lane that stands before a hole says how it goes on, and changes what he said of such lanes at the same time. */
    private void look() {
        for (SimAgent agent : agents) {
            ask(agent, "lane.ls", Map.of("halted", true), reply -> {
                if (reply.get("lanes") instanceof List<?> lanes) {
                    lanes.forEach(lane -> decide(agent, (Map<?, ?>) lane));
                }
            });
        }
        world.afterMs(LOOK_MS, this::look);
    }

    private void decide(SimAgent recipient, Map<?, ?> lane) {
        String sender = String.valueOf(lane.get("sender"));
        String laneClass = String.valueOf(lane.get("class"));
        for (int n = random.nextInt(1, 4); n > 0; n--) {
            switch (random.nextInt(3)) {
                case 0 -> ask(recipient, "lane.skip", Map.of("sender", sender, "class", laneClass));
                case 1 -> ask(recipient, "lane.resume", Map.of("sender", sender, "class", laneClass));
                default -> ask(recipient, "lane.policy", policy(sender, laneClass, any(DEATHS), any(OVERFLOWS)));
            }
        }
    }

    /** Only if somebody meddled: from now on everything flows again, whatever crashes have forgotten of that. */
    void heal() {
        if (isMeddling) {
            agents.forEach(this::undo);
            world.afterMs(UNDO_MS, this::heal);
        }
    }

    private void undo(SimAgent agent) {
        ask(agent, "resume", Map.of("agent", agent.name));
        ask(agent, "quota.set", Map.of("agent", agent.name, "messages_per_s", 0L));
        for (SimAgent sender : agents) {
            for (String laneClass : CLASSES) {
                ask(agent, "resume", Map.of("agent", agent.name, "sender", sender.name, "class", laneClass));
                ask(agent, "lane.policy", policy(sender.name, laneClass, "skip", "spill"));
            }
        }
    }

    private static Map<String, ?> policy(String sender, String laneClass, String death, String overflow) {
        return Map.of("sender", sender, "class", laneClass, "on_dead_letter", death, "overflow", overflow);
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private void meddle() {
        SimAgent operator = any(agents);
        switch (random.nextInt(10)) {
            case 0 -> ask(operator, "pause", Map.of("agent", any(agents).name));
            case 1 -> ask(operator, "resume", Map.of("agent", any(agents).name));
            case 2 -> ask(operator, "pause", lane());
            case 3 -> ask(operator, "resume", lane());
            case 4, 5, 6 ->
                ask(operator, "lane.policy", policy(any(agents).name, any(CLASSES), any(DEATHS), any(OVERFLOWS)));
            case 7, 8 -> ask(operator, "quota.set", quota());
            default -> ask(operator, "breaker.reset", Map.of("agent", any(agents).name));
        }
    }

    private Map<String, ?> lane() {
        return Map.of("agent", any(agents).name, "sender", any(agents).name, "class", any(CLASSES));
    }

    private Map<String, ?> quota() {
        Map<String, Object> quota = new HashMap<>();
        quota.put("agent", any(agents).name);
        quota.put("messages_per_s", random.nextBoolean() ? random.nextLong(2, 50) : 0L);
        quota.put("mailbox_messages", random.nextBoolean() ? random.nextLong(2, 12) : 0L);
        return quota;
    }

    private void ask(SimAgent who, String op, Map<String, ?> arguments) {
        ask(who, op, arguments, reply -> history.count("meddled_" + op + "_" + reply.getOrDefault("code", "ok")));
    }

    private static void ask(
            SimAgent who, String op, Map<String, ?> arguments, Consumer<Map<String, @Nullable Object>> then) {
        SimProcess process = who.process;
        if (process.isAlive()) {
            process.act(() -> process.control(op, arguments, then));
        }
    }
}
