package dev.relay.daemon.model;

import java.util.function.Consumer;

/** Takes the steps that are possible in a state; the effect is applied to a copy. */
interface StepSink {
    /** A step of the running system; every one of them can be followed by a fault. */
    void step(String label, Consumer<World> effect);

    /** A crash, broken link or power loss; spends the budget of faults. */
    void fault(String label, Consumer<World> effect);
}
