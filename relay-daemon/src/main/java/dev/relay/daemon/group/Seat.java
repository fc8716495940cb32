package dev.relay.daemon.group;

import dev.relay.daemon.session.Agent;
import org.jspecify.annotations.Nullable;

/** One partition: who owns it, which process of it, and where it is to go. Core thread only. */
final class Seat {
    final Agent partition;
    /** The owner, present or not; null before the first and after one that left. */
    @Nullable
    Agent owner;
    /** The epoch under which the owner's process sends: a later process of the same name is another owner. */
    long process;
    /** Who should have it. */
    @Nullable
    Agent wanted;
    /** While it moves: from when on it is taken even if something is in flight; 0 while it stays. */
    long seizeAtNs;

    Seat(Agent partition) {
        this.partition = partition;
    }

    /** The owner's process gets what is delivered. */
    boolean isTaken() {
        return partition.session != null;
    }

    boolean isMoving() {
        return seizeAtNs != 0;
    }

    void owner(@Nullable Agent member) {
        owner = member;
        process = member == null ? 0 : member.epoch;
    }
}
