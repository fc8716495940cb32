package dev.relay.daemon.sim;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Lanes that halt at their dead letters, and recipients who say how each goes on: behind the hole, or with the dead message once more (I13). Has chances of its own, so that runs without it stay as they are. */
final class Halts {
    private static final long LOOK_MS = 400;
    private static final List<String> CLASSES = List.of("message", "topic");

    private final World world;
    private final History history;
    private final List<SimAgent> agents;
    private final SplittableRandom random;

    Halts(World world, History history, List<SimAgent> agents, long seed) {
        this.world = world;
        this.history = history;
        this.agents = agents;
        this.random = new SplittableRandom(seed ^ 0x4a17L);
    }

    void begin() {
        for (SimAgent recipient : agents) {
            for (SimAgent sender : agents) {
                world.afterMs(random.nextLong(20, 1_000), () -> halt(recipient.process, sender.name));
            }
        }
        world.afterMs(LOOK_MS, this::look);
    }

    private void halt(SimProcess recipient, String sender) {
        String laneClass = CLASSES.get(random.nextInt(CLASSES.size()));
        Map<String, String> policy = Map.of("sender", sender, "class", laneClass, "on_dead_letter", "halt");
        ask(recipient, () -> recipient.control("lane.policy", policy, reply -> {}));
    }

    private void look() {
        for (SimAgent agent : agents) {
            SimProcess recipient = agent.process;
            ask(
                    recipient,
                    () -> recipient.control("lane.ls", Map.of("halted", true), reply -> {
                        if (reply.get("lanes") instanceof List<?> lanes) {
                            lanes.forEach(lane -> goOn(recipient, (Map<?, ?>) lane));
                        }
                    }));
        }
        world.afterMs(LOOK_MS, this::look);
    }

    private static void ask(SimProcess recipient, Runnable question) {
        if (recipient.isAlive()) {
            recipient.act(question);
        }
    }

    private void goOn(SimProcess recipient, Map<?, ?> lane) {
        String op = random.nextBoolean() ? "lane.resume" : "lane.skip";
        Map<String, String> which =
                Map.of("sender", String.valueOf(lane.get("sender")), "class", String.valueOf(lane.get("class")));
        recipient.control(op, which, reply -> history.count(op + "_" + reply.getOrDefault("code", "ok")));
    }
}
