package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.session.Agent;

/**
 * Partitions of groups as recipients. A partition is fed through the session of its owner; the epoch of its row is the fencing epoch. Nothing is delivered under a new epoch before that row is
 * committed, and with it, in the same cut, everything that the owner before acked and sent (R6, R7). Core thread only; keeps nothing of its own.
 */
public final class PartitionSeats {
    private final Core core;
    private final Delivery delivery;

    PartitionSeats(Core core, Delivery delivery) {
        this.core = core;
        this.delivery = delivery;
    }

    /** The partitions of a group, made if need be; their rows are in the next cut. */
    public Agent[] of(String namespace, String group) {
        Agent[] known = core.partitions(namespace, group);
        return known != null ? known : core.addGroup(namespace, group);
    }

    /** Whether there is such a group. */
    public boolean exist(String namespace, String group) {
        return core.partitions(namespace, group) != null;
    }

    /** The daemon stops: nothing moves any more. */
    public boolean areClosing() {
        return core.isShuttingDown;
    }

    /** Delivered to the owner and not acked. */
    public int unacked(Agent partition) {
        return Pump.inFlight(partition);
    }

    /** What waits or is in flight. */
    public long queued(Agent partition) {
        return partition.lanes.values().stream().mapToLong(Lane::queued).sum();
    }

    /** Nothing new is given to the owner, so that what it has in hand runs out. */
    public void drain(Agent partition) {
        partition.hold(Lane.MOVING, core.clock.nanoTime());
    }

    /** It stays after all. */
    public void keep(Agent partition) {
        partition.release(Lane.MOVING, core.clock.nanoTime());
        delivery.pump.pumpAll(partition);
    }

    /** Takes it from its owner. What is still in flight there is to be delivered again; what the owner says of it from now on is refused. */
    public void take(Agent partition) {
        delivery.poison.onTaken(partition);
        partition.release(Lane.MOVING, core.clock.nanoTime());
    }

    /** Another member, or another process of the same one, has it from now on, under a new epoch. */
    public void give(Agent partition, Agent member) {
        take(partition);
        partition.epoch++;
        core.saveAgent(partition);
        delivery.poison.onGiven(partition, member, false);
    }

    /** The process that had it is back: nothing has changed for it. */
    public void giveBack(Agent partition, Agent member) {
        delivery.poison.onGiven(partition, member, true);
    }
}
