package dev.relay.daemon.sim;

import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.Recovered;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The dead letters of a {@link SimDisk}: those that are there, and all that were ever committed. */
final class SimDeadLetters {
    /** A dead letter, the call that it is of, and when it was committed. */
    record Dead(Batch.DeadLetter letter, long uid, long atNs) {
        DeadLetterRow row() {
            return letter.row();
        }
    }

    private final TreeMap<Long, Dead> present = new TreeMap<>();
    private final Set<SimDisk.Position> positions = new HashSet<>();
    final List<Dead> buried = new ArrayList<>();
    /** Those that lived again: acked, or dead once more under another number. */
    private final Set<Long> revived = new HashSet<>();

    /** False when the position was dead already. */
    boolean add(SimDisk.Position at, Dead letter) {
        buried.add(letter);
        present.put(letter.row().no(), letter);
        return positions.add(at);
    }

    /** False when it is not there. */
    boolean remove(long no) {
        return present.remove(no) != null;
    }

    /** Its message lived again and has come to its end; false when it is not there. */
    boolean revive(long no) {
        Dead letter = present.get(no);
        if (letter != null) {
            DeadLetterRow r = letter.row();
            positions.remove(new SimDisk.Position(r.lane(), r.epoch(), r.seq()));
        }
        return revived.add(no) && remove(no);
    }

    boolean isRevived(Dead letter) {
        return revived.contains(letter.row().no());
    }

    boolean isDead(SimDisk.Position at) {
        return positions.contains(at);
    }

    long lastNo() {
        return buried.isEmpty() ? 0 : buried.get(buried.size() - 1).row().no();
    }

    /** Of those that were dropped or put back too: a sender may still ask how its message ended. */
    List<Recovered.DeadRow> fates() {
        List<Recovered.DeadRow> rows = new ArrayList<>();
        for (Dead d : buried) {
            DeadLetterRow r = d.row();
            if (!isRevived(d)) {
                rows.add(new Recovered.DeadRow(d.letter.stream(), r.epoch(), r.seq(), r.reason(), r.attempts()));
            }
        }
        return rows;
    }

    List<DeadLetterRow> page(long after, int limit) {
        return present.tailMap(after, false).values().stream()
                .limit(limit)
                .map(Dead::row)
                .toList();
    }

    @Nullable
    DeadLetterRow get(long no) {
        Dead d = present.get(no);
        return d == null ? null : d.row();
    }

    /** Numbers of those that are there. */
    List<Long> numbers() {
        return List.copyOf(present.keySet());
    }

    Recovered.@Nullable DeadPosition position(int lane, long epoch, long seq) {
        for (Dead d : buried) {
            DeadLetterRow r = d.row();
            if (r.lane() == lane && r.epoch() == epoch && r.seq() == seq && !isRevived(d)) {
                return new Recovered.DeadPosition(r.no(), r.reason(), r.attempts());
            }
        }
        return null;
    }

    void clear() {
        present.clear();
        positions.clear();
        buried.clear();
        revived.clear();
    }
}
