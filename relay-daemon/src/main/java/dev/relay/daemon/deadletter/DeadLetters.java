package dev.relay.daemon.deadletter;

import dev.relay.daemon.flow.Failure;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.Recovered;
import dev.relay.protocol.Clock;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.MessageHeader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What has died: numbers dead letters, keeps which positions still owe a SKIP, and remembers the newest {@value #REMEMBERED} so that a sender that asks again
 * gets its reason. Core thread only; the payloads are in the store.
 */
public final class DeadLetters {
    private static final int REMEMBERED = 10_000;

    /** A dead letter that waits for its commit. */
    public record Dying(Lane lane, long epoch, long seq, long batchNo) {}

    /** Why a position of a stream died. */
    public record Fate(int reason, int attempts) {}

    private record Key(int of, long epoch, long seq) {}

    private final Clock clock;
    private long lastNo;
    private final Map<Key, Integer> owedSkips = new HashMap<>();
    private final LinkedHashMap<Key, Fate> fates = new LinkedHashMap<>();
    private List<Dying> dying = new ArrayList<>();

    public DeadLetters(Clock clock, Recovered recovered) {
        this.clock = clock;
        this.lastNo = recovered.lastDeadLetter();
        recovered
                .dead()
                .forEach(row -> remember(
                        new Key(row.stream(), row.epoch(), row.seq()), new Fate(row.reason(), row.attempts())));
        recovered.skips().forEach(row -> owedSkips.put(new Key(row.lane(), row.epoch(), row.seq()), row.reason()));
    }

    /** Moves a message into the batch as a dead letter. */
    public void add(
            Batch batch, Lane lane, Message m, DeadLetterReason reason, @Nullable Failure failure, String kind) {
        byte[] frame = new byte[m.length];
        m.frame.get(0, frame);
        long now = clock.wallMs();
        batch.deadLetters.add(new Batch.DeadLetter(
                new DeadLetterRow(
                        ++lastNo,
                        lane.id,
                        MessageHeader.idMsb(m.frame, 0),
                        MessageHeader.idLsb(m.frame, 0),
                        lane.sender.name,
                        lane.recipient.name,
                        LaneClass.nameOf(lane.laneClass),
                        m.epoch,
                        m.seq,
                        kind,
                        reason.number(),
                        m.attempts,
                        failure == null ? now : failure.firstAtMs,
                        now,
                        failure == null ? "" : failure.error,
                        m.length,
                        frame),
                lane.stream.id));
        owedSkips.put(new Key(lane.id, m.epoch, m.seq), reason.number());
        remember(new Key(lane.stream.id, m.epoch, m.seq), new Fate(reason.number(), m.attempts));
        dying.add(new Dying(lane, m.epoch, m.seq, batch.no));
    }

    private void remember(Key key, Fate fate) {
        fates.put(key, fate);
        if (fates.size() > REMEMBERED) {
            fates.remove(fates.keySet().iterator().next());
        }
    }

    /** Those whose batch is committed, in order; the others stay. */
    public List<Dying> takeCommitted(long batchNo) {
        List<Dying> committed = new ArrayList<>();
        List<Dying> left = new ArrayList<>();
        for (Dying d : dying) {
            (d.batchNo() <= batchNo ? committed : left).add(d);
        }
        dying = left;
        return committed;
    }

    public boolean hasDying() {
        return !dying.isEmpty();
    }

    /** Reason number of a SKIP that is owed. */
    public int reasonOfSkip(int lane, long epoch, long seq) {
        return owedSkips.getOrDefault(new Key(lane, epoch, seq), DeadLetterReason.MAX_ATTEMPTS.number());
    }

    public void skipAcked(int lane, long epoch, long seq) {
        owedSkips.remove(new Key(lane, epoch, seq));
    }

    /** Why this position died, or null when it did not or is too long ago. */
    public @Nullable Fate fate(int stream, long epoch, long seq) {
        return fates.get(new Key(stream, epoch, seq));
    }
}
