package dev.relay.daemon.sim;

import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.MessageClass;
import dev.relay.client.internal.Seat;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Work groups as their consumers see them: who handled which partition under which epoch, and one store outside of the bus that takes an effect once. It knows per partition the highest epoch that it
 * has seen and refuses lower ones, and per sender the positions that it took (I8); acks by hand may overtake each other.
 */
final class Owners {
    private record Position(String lane, String sender, MessageClass messageClass, long epoch, long seq) {}

    private final History history;
    private final Map<String, String> processes = new HashMap<>();
    private final Map<String, Long> started = new HashMap<>();
    private final Map<String, Long> fence = new HashMap<>();
    private final Set<Position> taken = new HashSet<>();
    private final Map<Long, Integer> effects = new HashMap<>();
    private final Map<Long, String> running = new HashMap<>();

    Owners(History history) {
        this.history = history;
    }

    /** No other process has begun anything of the partition under a newer epoch. */
    boolean isCurrent(Inbound m) {
        Seat seat = m.seat();
        return seat == null || seat.epoch() >= started.getOrDefault(placeOf(m, seat), 0L);
    }

    void started(SimProcess process, Inbound m, Call c) {
        Seat seat = m.seat();
        if (seat == null) {
            return;
        }
        String owner = processes.putIfAbsent(placeOf(m, seat) + "@" + seat.epoch(), process.toString());
        if (owner != null && !owner.equals(process.toString())) {
            history.violation("two owners under one epoch seat=" + seat + " first=" + owner + " then=" + process);
        }
        started.merge(placeOf(m, seat), seat.epoch(), Math::max);
        String before = running.put(c.uid, process.toString());
        if (before != null && !before.equals(process.toString())) {
            history.count("moved_in_flight");
        }
    }

    void finished(Inbound m, Call c) {
        Seat seat = m.seat();
        if (seat == null) {
            return;
        }
        running.remove(c.uid);
        if (seat.epoch() < fence.merge(placeOf(m, seat), seat.epoch(), Math::max)) {
            history.count("effect_fenced");
            return;
        }
        if (taken.add(new Position(placeOf(m, seat), m.sender(), m.messageClass(), m.epoch(), m.seq()))) {
            effects.merge(c.uid, 1, Integer::sum);
        } else {
            history.count("effect_known");
        }
    }

    /** Epochs and positions of another store say nothing about these. */
    private static String placeOf(Inbound m, Seat seat) {
        return m.storeUuid() + "/" + seat.address();
    }

    /** What was confirmed and did not die has its effect once. */
    void check(Call c, boolean isDead) {
        int times = effects.getOrDefault(c.uid, 0);
        int most = c.fates.values().stream().mapToInt(fate -> 1 + fate.redrives).sum();
        if (times == 0 && !isDead) {
            history.violation("the effect is lost " + c);
        } else if (times > most) {
            history.violation("the effect is there times=" + times + " " + c);
        }
    }
}
