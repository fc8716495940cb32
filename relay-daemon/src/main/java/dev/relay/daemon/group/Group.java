package dev.relay.daemon.group;

import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Counter;
import dev.relay.daemon.routing.PartitionSeats;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One group: its members, and who owns which of its partitions.
 *
 * <p>Whenever a member comes, goes, falls silent or speaks again, {@link Plan} says who should own what, and the partitions that are
 * elsewhere move: at once when their owner is gone or silent, else when nothing of them is in flight at their owner, which meanwhile gets
 * nothing new of them. An owner that keeps a message for longer than {@value #DRAIN_MS} ms loses the partition with it. Each move is one
 * epoch more. After a start of the daemon the owners of before are awaited for {@value #AWAIT_MS} ms, and a process that comes back finds
 * its partitions as it left them.
 *
 * <p>Core thread only. Bounded by the partitions and {@value #MAX_MEMBERS} members.
 */
final class Group {
    static final int MAX_MEMBERS = 256;
    static final long DRAIN_MS = 30_000;
    static final long AWAIT_MS = 3_000;

    final String namespace;
    final String name;
    final Seat[] seats;
    /** Rises with each change of members or owners. */
    long version;

    private final BusServices services;
    private final Set<Agent> members = new LinkedHashSet<>();
    /** Those of them that were there when the plan was made. */
    private List<Agent> planned = List.of();
    /** Partitions whose owner has changed since the last look. */
    private final List<Seat> changed = new ArrayList<>();

    private long awaitUntilNs;
    private boolean isMoving;

    Group(BusServices services, String namespace, String name) {
        this.services = services;
        this.namespace = namespace;
        this.name = name;
        this.version = services.bootNo() << 32;
        seats = Arrays.stream(seats().of(namespace, name)).map(Seat::new).toArray(Seat[]::new);
    }

    private PartitionSeats seats() {
        return services.seats();
    }

    /** The daemon has started: the owners of before may come back. */
    void awaitOwners() {
        awaitUntilNs = services.clock().nanoTime() + TimeUnit.MILLISECONDS.toNanos(AWAIT_MS);
    }

    /** False when there are too many. */
    boolean join(Agent member) {
        if (members.size() >= MAX_MEMBERS && !members.contains(member)) {
            return false;
        }
        if (members.add(member)) {
            version++;
        }
        for (Seat seat : seats) {
            if (seat.owner == member && seat.process == member.epoch && !seat.isTaken()) {
                seats().giveBack(seat.partition, member);
            }
        }
        plan();
        return true;
    }

    /** It wants no more, or its session has ended. False when it is no member. */
    boolean leave(Agent member) {
        if (!members.remove(member)) {
            return false;
        }
        version++;
        plan();
        return true;
    }

    Set<Agent> members() {
        return members;
    }

    int ownedBy(Agent member) {
        return (int) Arrays.stream(seats).filter(seat -> seat.owner == member).count();
    }

    /** Whether the member is still given messages of the group. */
    boolean isServing(Agent member) {
        return Arrays.stream(seats).anyMatch(seat -> seat.isTaken() && seat.owner == member);
    }

    /** The seats that have changed owner since this was asked last. */
    List<Seat> takeChanged() {
        List<Seat> taken = List.copyOf(changed);
        changed.clear();
        return taken;
    }

    void onTimer(long nowNs) {
        boolean isOver = awaitUntilNs != 0 && nowNs - awaitUntilNs >= 0;
        awaitUntilNs = isOver ? 0 : awaitUntilNs;
        if (isOver || !present().equals(planned)) {
            plan();
        } else if (isMoving) {
            move(nowNs);
        }
    }

    private List<Agent> present() {
        return members.stream().filter(Group::isThere).toList();
    }

    private static boolean isThere(Agent member) {
        Session session = member.session;
        return session != null && session.isOpen() && !session.isSuspect;
    }

    private void plan() {
        if (seats().areClosing()) {
            return;
        }
        planned = present();
        int[] wanted = Plan.of(Arrays.stream(seats).mapToInt(this::ownerNow).toArray(), planned.size());
        for (int i = 0; i < seats.length; i++) {
            if (wanted[i] != Plan.AWAITED) {
                seats[i].wanted = wanted[i] < 0 ? null : planned.get(wanted[i]);
            }
        }
        move(services.clock().nanoTime());
    }

    private int ownerNow(Seat seat) {
        Agent owner = seat.owner;
        if (isAwaited(seat)) {
            return Plan.AWAITED;
        }
        return owner == null ? Plan.FREE : planned.indexOf(owner);
    }

    private void move(long nowNs) {
        isMoving = false;
        for (Seat seat : seats) {
            if (isAwaited(seat)) {
                continue;
            }
            if (isInPlace(seat)) {
                stay(seat);
            } else {
                move(seat, nowNs);
            }
        }
    }

    /** Its process may come back; another process of the same name says that it will not. */
    private boolean isAwaited(Seat seat) {
        Agent owner = seat.owner;
        return awaitUntilNs != 0
                && owner != null
                && !seat.isTaken()
                && !(members.contains(owner) && owner.epoch != seat.process);
    }

    private static boolean isInPlace(Seat seat) {
        Agent wanted = seat.wanted;
        return seat.owner == wanted && (wanted == null || (seat.process == wanted.epoch && seat.isTaken()));
    }

    private void stay(Seat seat) {
        if (seat.isMoving()) {
            seat.seizeAtNs = 0;
            seats().keep(seat.partition);
        }
    }

    private void move(Seat seat, long nowNs) {
        if (!seat.isTaken() || seats().unacked(seat.partition) == 0) {
            settle(seat);
        } else if (!isThere(java.util.Objects.requireNonNull(seat.owner))
                || (seat.isMoving() && nowNs - seat.seizeAtNs >= 0)) {
            services.count(Counter.PARTITIONS_SEIZED);
            settle(seat);
        } else {
            isMoving = true;
            if (!seat.isMoving()) {
                seat.seizeAtNs = nowNs + TimeUnit.MILLISECONDS.toNanos(DRAIN_MS);
                seats().drain(seat.partition);
            }
        }
    }

    /** Nobody wants it: a process that went without a word stays its owner until somebody else does, because it may come back. */
    private void settle(Seat seat) {
        Agent wanted = seat.wanted;
        seat.seizeAtNs = 0;
        if (wanted != null) {
            seats().give(seat.partition, wanted);
        } else if (seat.isTaken()) {
            seats().take(seat.partition);
        } else {
            return;
        }
        seat.owner(wanted);
        services.count(Counter.PARTITIONS_MOVED);
        version++;
        changed.add(seat);
    }
}
