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
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.MessageHeader;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What has died: numbers dead letters, keeps which positions still owe a SKIP, and remembers the newest {@value #REMEMBERED} so that a sender that asks again
 * gets its reason. Core thread only; the payloads are in the store.
 */
public final class DeadLetters {
    private static final int REMEMBERED = 10_000;

    /** A dead letter that waits for its commit. */
    public record Dying(Lane lane, DeadLetterRow row, long batchNo) {
        public long epoch() {
            return row.epoch();
        }

        public long seq() {
            return row.seq();
        }
    }

    /** Why a position of a stream died. */
    public record Fate(int reason, int attempts) {}

    private record Key(int of, long epoch, long seq) {}

    private final Clock clock;
    private long lastNo;
    private final Map<Key, Integer> owedSkips = new HashMap<>();
    private final LinkedHashMap<Key, Fate> fates = new LinkedHashMap<>();
    private final ArrayDeque<Dying> dying = new ArrayDeque<>();
    /** Revived, redriven or dropped, their rows still there. */
    private final Set<Long> held = new HashSet<>();

    private boolean hasForgotten;

    public DeadLetters(Clock clock, Recovered recovered) {
        this.clock = clock;
        this.lastNo = recovered.lastDeadLetter();
        recovered
                .dead()
                .forEach(row -> remember(
                        new Key(row.stream(), row.epoch(), row.seq()), new Fate(row.reason(), row.attempts())));
        recovered.skips().forEach(row -> owedSkips.put(new Key(row.lane(), row.epoch(), row.seq()), row.reason()));
    }

    /** Moves a message into the batch as a dead letter. It is the fate of its position in {@code stream}, 0 for that of none. */
    public void add(
            Batch batch,
            Lane lane,
            int stream,
            Message m,
            DeadLetterReason reason,
            int attempts,
            @Nullable Failure failure,
            String kind) {
        byte[] frame = new byte[m.length];
        m.frame.get(0, frame);
        long now = clock.wallMs();
        String origin = HeaderBlock.text(m.frame, 0, HeaderKey.ORIGIN);
        DeadLetterRow row = new DeadLetterRow(
                ++lastNo,
                lane.id,
                MessageHeader.idMsb(m.frame, 0),
                MessageHeader.idLsb(m.frame, 0),
                origin == null ? lane.sender.name : origin,
                lane.recipient.name,
                LaneClass.nameOf(lane.laneClass),
                m.epoch,
                m.seq,
                kind,
                reason.number(),
                attempts,
                failure == null ? now : failure.firstAtMs,
                now,
                failure == null ? "" : failure.error,
                m.length,
                null);
        batch.deadLetters.add(new Batch.DeadLetter(row.with(frame), stream));
        owedSkips.put(new Key(lane.id, m.epoch, m.seq), reason.number());
        if (stream != 0) {
            remember(new Key(stream, m.epoch, m.seq), new Fate(reason.number(), attempts));
        }
        dying.add(new Dying(lane, row, batch.no));
    }

    private void remember(Key key, Fate fate) {
        fates.put(key, fate);
        if (fates.size() >= REMEMBERED) {
            hasForgotten = true;
        }
        if (fates.size() > REMEMBERED) {
            fates.remove(fates.keySet().iterator().next());
        }
    }

    /** The next one whose batch is committed, taken out; null when there is none. Batches come in order. */
    public @Nullable Dying pollCommitted(long batchNo) {
        Dying next = dying.peekFirst();
        return next != null && next.batchNo() <= batchNo ? dying.pollFirst() : null;
    }

    /** Reason number of a SKIP that is owed. */
    public int reasonOfSkip(int lane, long epoch, long seq) {
        return owedSkips.getOrDefault(new Key(lane, epoch, seq), DeadLetterReason.MAX_ATTEMPTS.number());
    }

    /** How many SKIPs are owed in all lanes. */
    public int owedSkips() {
        return owedSkips.size();
    }

    public void skipAcked(int lane, long epoch, long seq) {
        owedSkips.remove(new Key(lane, epoch, seq));
    }

    /** A message lives again: it owes no SKIP and has no fate. Its dead letter is held. */
    public void onRevived(Lane lane, long epoch, long seq) {
        owedSkips.remove(new Key(lane.id, epoch, seq));
        fates.remove(new Key(lane.stream.id, epoch, seq));
    }

    /** Somebody has laid hands on this dead letter: nobody else may revive, redrive or drop it until a commit has taken its row. */
    public void hold(long no) {
        held.add(no);
    }

    public boolean isHeld(long no) {
        return held.contains(no);
    }

    /** Rows that a commit has taken need no hands laid on them any more. */
    public void onCommitted(Batch batch) {
        if (!held.isEmpty()) {
            batch.kept.revived.forEach(held::remove);
            batch.droppedDeadLetters.forEach(held::remove);
        }
    }

    /** True when a fate that is not remembered can only be known by asking the store. */
    public boolean hasForgotten() {
        return hasForgotten;
    }

    /** Why this position died, or null when it did not or is too long ago. */
    public @Nullable Fate fate(int stream, long epoch, long seq) {
        return fates.get(new Key(stream, epoch, seq));
    }
}
