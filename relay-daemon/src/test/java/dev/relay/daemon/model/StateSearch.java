package dev.relay.daemon.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Breadth-first search over every state that a scenario can reach. Ends at the first broken promise, whose trace is then one of
 * the shortest, or when all states are known; then it also shows that the steps without faults form no cycle, so that every
 * run without further faults comes to rest, and every place of rest was checked. Bounded by {@code MAX_STATES}: it throws.
 */
final class StateSearch {
    private static final int MAX_STATES = 4_000_000;

    /** What a search found; {@code violation} is null when all promises hold. */
    record Result(
            int states,
            int restingStates,
            int depth,
            @Nullable String violation,
            List<String> trace) {}

    private final SenderModel sender;
    private final DaemonModel daemon;
    private final StoreModel store;
    private final FaultModel faults;
    private final List<RecipientModel> recipients = new ArrayList<>();
    private final Promises promises;
    private final Scenario scenario;
    private final StateSet known = new StateSet(MAX_STATES);
    private final IntList edges = new IntList();
    private final IntList firstEdge = new IntList();
    private int restingStates;

    StateSearch(Scenario scenario, Mutant mutant) {
        this.scenario = scenario;
        promises = new Promises(scenario);
        daemon = new DaemonModel(scenario, mutant, promises);
        sender = new SenderModel(scenario, mutant, daemon, promises);
        store = new StoreModel(mutant, daemon);
        faults = new FaultModel(scenario, mutant);
        for (int i = 0; i < scenario.recipients(); i++) {
            recipients.add(new RecipientModel(scenario, mutant, daemon, promises, i));
        }
    }

    Result run() {
        known.add(World.initial(scenario).encode(), -1);
        for (int state = 0; state < known.size(); state++) {
            Expansion expansion = new Expansion(state);
            try {
                expansion.run();
            } catch (Violation broken) {
                List<String> trace = trace(state);
                trace.add(expansion.label);
                return new Result(known.size(), restingStates, trace.size(), broken.getMessage(), trace);
            }
        }
        firstEdge.add(edges.size());
        if (hasCycle()) {
            return new Result(known.size(), restingStates, 0, "a run without faults that never rests", List.of());
        }
        return new Result(known.size(), restingStates, depth(known.size() - 1), null, List.of());
    }

    private void allSteps(World world, StepSink out) {
        sender.steps(world, out);
        daemon.steps(world, out);
        if (world.is(World.IS_UP)) {
            store.steps(world, out);
        }
        for (RecipientModel recipient : recipients) {
            recipient.steps(world, out);
        }
        faults.steps(world, out);
    }

    /** Takes every step out of one state. */
    private final class Expansion implements StepSink {
        private final int state;
        private final World world;
        private boolean isResting = true;
        private String label = "";

        Expansion(int state) {
            this.state = state;
            this.world = World.decode(known.get(state));
        }

        void run() {
            firstEdge.add(edges.size());
            allSteps(world, this);
            if (isResting) {
                restingStates++;
                label = "(at rest)";
                promises.atRest(world);
            }
        }

        @Override
        public void step(String name, Consumer<World> effect) {
            isResting = false;
            edges.add(next(name, effect, 0));
        }

        @Override
        public void fault(String name, Consumer<World> effect) {
            next(name, effect, 1);
        }

        private int next(String name, Consumer<World> effect, int cost) {
            label = name;
            World copy = world.copy();
            copy.v[World.FAULTS] -= cost;
            effect.accept(copy);
            return known.add(copy.encode(), state);
        }
    }

    private int depth(int state) {
        int depth = 0;
        for (int at = state; known.parent(at) >= 0; at = known.parent(at)) {
            depth++;
        }
        return depth;
    }

    private List<String> trace(int state) {
        List<String> labels = new ArrayList<>();
        for (int at = state; known.parent(at) >= 0; at = known.parent(at)) {
            labels.add(labelOfStep(known.get(known.parent(at)), known.get(at)));
        }
        Collections.reverse(labels);
        return labels;
    }

    private String labelOfStep(byte[] from, byte[] to) {
        List<String> found = new ArrayList<>();
        World world = World.decode(from);
        allSteps(world, new StepSink() {
            @Override
            public void step(String name, Consumer<World> effect) {
                compare(name, effect, 0);
            }

            @Override
            public void fault(String name, Consumer<World> effect) {
                compare(name, effect, 1);
            }

            private void compare(String name, Consumer<World> effect, int cost) {
                World copy = world.copy();
                copy.v[World.FAULTS] -= cost;
                try {
                    effect.accept(copy);
                } catch (Violation elsewhere) {
                    return;
                }
                if (Arrays.equals(copy.encode(), to)) {
                    found.add(name);
                }
            }
        });
        return found.get(0);
    }

    /** Removes states without incoming steps, again and again; what remains lies on a cycle or behind one. */
    private boolean hasCycle() {
        int[] incoming = new int[known.size()];
        for (int e = 0; e < edges.size(); e++) {
            incoming[edges.get(e)]++;
        }
        IntList free = new IntList();
        for (int state = 0; state < incoming.length; state++) {
            if (incoming[state] == 0) {
                free.add(state);
            }
        }
        for (int k = 0; k < free.size(); k++) {
            int state = free.get(k);
            for (int e = firstEdge.get(state); e < firstEdge.get(state + 1); e++) {
                if (--incoming[edges.get(e)] == 0) {
                    free.add(edges.get(e));
                }
            }
        }
        return free.size() < known.size();
    }
}
