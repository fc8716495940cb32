package dev.relay.daemon.sim;

import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.KeptRows;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.StoredFrame;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What survives a daemon in the simulation: committed batches and nothing else. It is also the judge of "safe": {@link #isAccounted} says whether a
 * position would outlive a crash of everything at this moment.
 */
final class SimDisk {
    private record Position(int lane, long epoch, long seq) {}

    private record Frame(Position at, StoredFrame stored) {}

    /** A dead letter and when it was committed. */
    record Dead(Batch.DeadLetter letter, long uid, long atNs) {}

    private final World world;
    private long bootNo;
    int generation;
    private final Map<String, Recovered.AgentRow> agents = new TreeMap<>();
    private final Map<Integer, Recovered.StreamRow> streams = new TreeMap<>();
    private final Map<Integer, Recovered.LaneRow> lanes = new TreeMap<>();
    private final Map<Integer, Set<Position>> finished = new HashMap<>();
    private final Map<Integer, Recovered.KindRow> kinds = new TreeMap<>();
    private final Set<Recovered.SubscriptionRow> subscriptions = new LinkedHashSet<>();
    private final Map<Position, Recovered.AttemptRow> attempts = new LinkedHashMap<>();
    /** The newest of each position ever committed: a process that was stopped starts late what was delivered long ago. */
    private final Map<Position, Integer> everRecorded = new HashMap<>();

    private final Map<Position, Recovered.SkipRow> skips = new LinkedHashMap<>();
    private final Set<Position> dead = new HashSet<>();
    private final Map<Long, List<Frame>> segments = new TreeMap<>();
    private final Map<Position, Frame> stored = new LinkedHashMap<>();
    private final Map<Position, Long> corrupted = new HashMap<>();
    private final Map<String, Integer> streamIds = new HashMap<>();
    private final Map<String, Integer> laneIds = new HashMap<>();
    private final TreeMap<Long, Dead> present = new TreeMap<>();
    /** Every dead letter that was ever committed. */
    final List<Dead> buried = new ArrayList<>();

    final List<String> violations = new ArrayList<>();
    private final Map<Integer, KeptRows.LaneOptionRow> laneOptions = new TreeMap<>();
    private final Map<String, KeptRows.Document> documents = new TreeMap<>();
    private final List<long[]> appIds = new ArrayList<>();
    private long lastSegment;
    private long osBootFirst;

    SimDisk(World world) {
        this.world = world;
    }

    private static boolean isAtOrBelow(long epoch, long seq, long floorEpoch, long floor) {
        return epoch < floorEpoch || (epoch == floorEpoch && seq <= floor);
    }

    // ---- commits

    void apply(Batch b) {
        Trace.say(
                world,
                "commit no=" + b.no + " marks=" + b.marks + " frames=" + b.indexCount() + " floors=" + b.floors.size()
                        + " dead=" + b.deadLetters.size() + " attempts=" + b.attempts);
        b.agents.forEach(a -> agents.put(a.namespace() + "/" + a.name(), a));
        b.streams.forEach(this::applyStream);
        b.lanes.forEach(this::applyLane);
        b.kinds.forEach(k -> kinds.put(k.id(), k));
        subscriptions.addAll(b.subscribed);
        b.unsubscribed.forEach(subscriptions::remove);
        b.marks.forEach(this::applyMark);
        applyFrames(b);
        b.attempts.forEach(a -> attempts.put(new Position(a.lane(), a.epoch(), a.seq()), a));
        b.attempts.forEach(a -> everRecorded.put(new Position(a.lane(), a.epoch(), a.seq()), a.attempts()));
        b.deadLetters.forEach(this::bury);
        b.floors.forEach(this::applyFloor);
        b.droppedDeadLetters.forEach(this::drop);
        for (int i = 0; i < b.emptySegmentCount(); i++) {
            List<Frame> empty = segments.remove(b.emptySegment(i));
            if (empty != null) {
                empty.forEach(f -> stored.remove(f.at, f));
            }
        }
        applyKept(b.kept);
        lastSegment = b.no;
    }

    private void applyKept(KeptRows kept) {
        for (KeptRows.Document d : kept.documents) {
            String key = d.desk() + "/" + d.namespace() + "/" + d.key();
            if (d.body() == null) {
                documents.remove(key);
            } else {
                documents.put(key, d);
            }
        }
        kept.laneOptions.forEach(o -> laneOptions.put(o.lane(), o));
        for (int i = 0; i < kept.appIdCount(); i++) {
            long[] row = new long[KeptRows.APP_ID_LONGS];
            for (int field = 0; field < row.length; field++) {
                row[field] = kept.appId(i, field);
            }
            appIds.add(row);
        }
        if (kept.forgetAppIdsTo > 0) {
            appIds.removeIf(row -> row[0] <= kept.forgetAppIdsTo);
        }
    }

    private void applyStream(Recovered.StreamRow s) {
        streams.put(s.id(), s);
        streamIds.put(s.sender() + ">" + s.target() + "/" + s.streamClass(), s.id());
    }

    private void applyLane(Recovered.LaneRow l) {
        lanes.put(l.id(), l);
        laneIds.put(l.sender() + ">" + l.recipient() + "/" + l.laneClass(), l.id());
    }

    private void applyMark(Batch.Mark m) {
        Recovered.StreamRow s = streams.get(m.stream());
        if (s == null) {
            violations.add("R6 mark of a stream that is not stored stream=" + m.stream());
            return;
        }
        if (m.epoch() < s.epoch() || (m.epoch() == s.epoch() && m.mark() < s.mark())) {
            violations.add("R2 mark went back stream=" + s + " mark=" + m);
        }
        streams.put(
                s.id(),
                new Recovered.StreamRow(
                        s.id(), s.namespace(), s.sender(), s.target(), s.streamClass(), m.epoch(), m.mark()));
    }

    private void applyFloor(Batch.Floor f) {
        Recovered.LaneRow l = lanes.get(f.lane());
        if (l == null) {
            violations.add("R6 floor of a lane that is not stored lane=" + f.lane());
            return;
        }
        if (!isAtOrBelow(l.epoch(), l.floor(), f.epoch(), f.floor())) {
            violations.add("R4 floor went back lane=" + l + " floor=" + f);
        }
        lanes.put(
                l.id(),
                new Recovered.LaneRow(
                        l.id(),
                        l.namespace(),
                        l.sender(),
                        l.recipient(),
                        l.laneClass(),
                        f.epoch(),
                        f.floor(),
                        f.finished().clone(),
                        0,
                        0));
        Set<Position> above = new HashSet<>();
        for (int i = 0; i < f.finished().length; i += 2) {
            above.add(new Position(f.lane(), f.finished()[i], f.finished()[i + 1]));
        }
        finished.put(l.id(), above);
        attempts.keySet().removeIf(p -> p.lane == f.lane() && isAtOrBelow(p.epoch, p.seq, f.epoch(), f.floor()));
        skips.keySet().removeIf(p -> p.lane == f.lane() && isAtOrBelow(p.epoch, p.seq, f.epoch(), f.floor()));
    }

    private void applyFrames(Batch b) {
        List<Frame> frames = new ArrayList<>();
        ByteBuffer index = b.index();
        for (int p = 0; p < index.position(); p += Batch.INDEX_BYTES) {
            byte[] bytes = new byte[index.getInt(p + 8)];
            b.frames().get(index.getInt(p + 4), bytes);
            Position at = new Position(index.getInt(p), index.getLong(p + 12), index.getLong(p + 20));
            frames.add(new Frame(at, new StoredFrame(at.epoch, at.seq, b.no, b.bootNo, b.wallMs, bytes)));
        }
        if (!frames.isEmpty()) {
            segments.put(b.no, frames);
            frames.forEach(f -> {
                if (stored.put(f.at, f) != null) {
                    violations.add("R6 stored twice " + f.at);
                }
            });
        }
    }

    private void bury(Batch.DeadLetter d) {
        DeadLetterRow r = d.row();
        Position at = new Position(r.lane(), r.epoch(), r.seq());
        Long uid = corrupted.get(at);
        Dead letter = new Dead(d, uid != null ? uid : Payload.uidOf(payload(r.frame())), world.nanoTime());
        buried.add(letter);
        present.put(r.no(), letter);
        if (!dead.add(at) || isFinished(at)) {
            violations.add("I5 dead twice, or after it was acked " + at + " uid=" + letter.uid);
        }
        skips.put(at, new Recovered.SkipRow(r.lane(), r.epoch(), r.seq(), r.reason()));
        attempts.remove(at);
    }

    private void drop(long no) {
        if (present.remove(no) == null) {
            violations.add("I17 a dead letter was taken out twice no=" + no);
        }
    }

    private static byte[] payload(byte @Nullable [] frame) {
        if (frame == null) {
            return new byte[0];
        }
        ByteBuffer b = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        return Arrays.copyOfRange(frame, Math.min(frame.length, MessageHeader.payloadAt(b, 0)), frame.length);
    }

    // ---- a restart

    private boolean isFinished(Position p) {
        Recovered.LaneRow lane = lanes.get(p.lane);
        return lane != null
                && (isAtOrBelow(p.epoch, p.seq, lane.epoch(), lane.floor())
                        || finished.getOrDefault(p.lane, Set.of()).contains(p));
    }

    private boolean isPending(Frame f) {
        return !isFinished(f.at) && !skips.containsKey(f.at);
    }

    Recovered recover() {
        bootNo++;
        osBootFirst = osBootFirst == 0 ? bootNo : osBootFirst;
        Map<Integer, Integer> pending = new HashMap<>();
        Map<Integer, Long> pendingBytes = new HashMap<>();
        List<Recovered.SegmentRow> rows = new ArrayList<>();
        segments.forEach((no, frames) -> {
            int live = 0;
            for (Frame f : frames) {
                if (isPending(f)) {
                    live++;
                    pending.merge(f.at.lane, 1, Integer::sum);
                    byte[] bytes = f.stored.frame();
                    pendingBytes.merge(f.at.lane, bytes == null ? 0L : bytes.length, Long::sum);
                }
            }
            rows.add(new Recovered.SegmentRow(no, live));
        });
        List<Recovered.LaneRow> laneRows = new ArrayList<>();
        for (Recovered.LaneRow l : lanes.values()) {
            laneRows.add(new Recovered.LaneRow(
                    l.id(),
                    l.namespace(),
                    l.sender(),
                    l.recipient(),
                    l.laneClass(),
                    l.epoch(),
                    l.floor(),
                    l.finished(),
                    pending.getOrDefault(l.id(), 0),
                    pendingBytes.getOrDefault(l.id(), 0L)));
        }
        List<Recovered.DeadRow> deadRows = new ArrayList<>();
        for (Dead d : buried) { // those that were dropped or put back too: a sender may still ask how its message ended
            DeadLetterRow r = d.letter.row();
            deadRows.add(new Recovered.DeadRow(d.letter.stream(), r.epoch(), r.seq(), r.reason(), r.attempts()));
        }
        return new Recovered(
                "sim-" + generation,
                bootNo,
                storeKey(),
                lastSegment,
                buried.isEmpty()
                        ? 0
                        : buried.get(buried.size() - 1).letter.row().no(),
                List.copyOf(agents.values()),
                List.copyOf(streams.values()),
                laneRows,
                List.copyOf(kinds.values()),
                List.copyOf(subscriptions),
                List.copyOf(attempts.values()),
                inOrder(skips.values()),
                deadRows,
                rows,
                new KeptRows.Kept(
                        osBootFirst,
                        buried.isEmpty()
                                ? 0
                                : buried.get(buried.size() - 1).letter.row().no(),
                        0,
                        List.copyOf(laneOptions.values()),
                        appIdLongs(),
                        List.copyOf(documents.values())));
    }

    private long[] appIdLongs() {
        return appIds.stream().flatMapToLong(Arrays::stream).toArray();
    }

    /** The machine starts again: what its monotonic clock said before means nothing. */
    void rebooted() {
        osBootFirst = 0;
    }

    private static List<Recovered.SkipRow> inOrder(Collection<Recovered.SkipRow> rows) {
        List<Recovered.SkipRow> sorted = new ArrayList<>(rows);
        sorted.sort(Comparator.comparingInt(Recovered.SkipRow::lane)
                .thenComparingLong(Recovered.SkipRow::epoch)
                .thenComparingLong(Recovered.SkipRow::seq));
        return sorted;
    }

    private byte[] storeKey() {
        byte[] key = new byte[32];
        key[0] = (byte) generation;
        return key;
    }

    /** Somebody puts an empty store in the place of this one (I9). */
    void wipe() {
        generation++;
        bootNo = 0;
        lastSegment = 0;
        for (Map<?, ?> each : List.of(
                agents,
                streams,
                lanes,
                finished,
                kinds,
                attempts,
                skips,
                segments,
                stored,
                corrupted,
                streamIds,
                laneIds,
                present,
                laneOptions)) {
            each.clear();
        }
        appIds.clear();
        osBootFirst = 0;
        subscriptions.clear();
        dead.clear();
        buried.clear();
    }

    /** The bytes of one unfinished frame no longer match their checksum. */
    void corruptOne() {
        List<Frame> candidates = new ArrayList<>();
        stored.values().forEach(f -> {
            if (isPending(f) && f.stored.frame() != null) {
                candidates.add(f);
            }
        });
        if (candidates.isEmpty()) {
            return;
        }
        Frame victim = candidates.get(world.random.nextInt(candidates.size()));
        StoredFrame s = victim.stored;
        corrupted.put(victim.at, Payload.uidOf(payload(s.frame())));
        Frame damaged =
                new Frame(victim.at, new StoredFrame(s.epoch(), s.seq(), s.segment(), s.bootNo(), s.wallMs(), null));
        stored.put(victim.at, damaged);
        List<Frame> frames = Objects.requireNonNull(segments.get(s.segment()));
        frames.replaceAll(f -> f.at.equals(victim.at) ? damaged : f);
    }

    // ---- reads

    List<StoredFrame> page(int lane, long afterEpoch, long afterSeq, int max) {
        List<StoredFrame> page = new ArrayList<>();
        for (List<Frame> frames : segments.values()) {
            if (page.size() >= max) {
                break;
            }
            for (Frame f : frames) {
                if (f.at.lane == lane && !isAtOrBelow(f.at.epoch, f.at.seq, afterEpoch, afterSeq) && isPending(f)) {
                    page.add(f.stored);
                }
            }
        }
        return page;
    }

    List<DeadLetterRow> deadLetters(long after, int limit) {
        return present.tailMap(after, false).values().stream()
                .limit(limit)
                .map(d -> d.letter.row())
                .toList();
    }

    @Nullable
    DeadLetterRow deadLetter(long no) {
        Dead d = present.get(no);
        return d == null ? null : d.letter.row();
    }

    /** Numbers of the dead letters that are there. */
    List<Long> deadNumbers() {
        return List.copyOf(present.keySet());
    }

    Recovered.@Nullable DeadPosition deadPosition(int lane, long epoch, long seq) {
        for (Dead d : buried) {
            DeadLetterRow r = d.letter.row();
            if (r.lane() == lane && r.epoch() == epoch && r.seq() == seq) {
                return new Recovered.DeadPosition(r.no(), r.reason(), r.attempts());
            }
        }
        return null;
    }

    /** Segments that the core counts as live and no lane wants: the store's own upkeep drops them. */
    void sweep() {
        segments.values().removeIf(frames -> frames.stream().allMatch(f -> isFinished(f.at)));
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    // ---- the judge

    /** True when this position of a stream outlives a crash of everything: accepted, and stored, finished or dead in the lane of {@code recipient}. */
    boolean isAccounted(String sender, String target, int streamClass, long epoch, long seq) {
        Integer id = streamIds.get(sender + ">" + target + "/" + streamClass);
        Recovered.StreamRow s = id == null ? null : streams.get(id);
        if (s == null || !isAtOrBelow(epoch, seq, s.epoch(), s.mark())) {
            return false;
        }
        Integer lane = laneIds.get(sender + ">" + target + "/" + streamClass);
        return target.isEmpty() || (lane != null && hasFate(new Position(lane, epoch, seq)));
    }

    private boolean hasFate(Position p) {
        return isFinished(p) || stored.containsKey(p) || dead.contains(p);
    }

    /** The newest epoch that a name has on the disk. */
    long epochOf(String agent) {
        Recovered.AgentRow row = agents.get("default/" + agent);
        return row == null ? 0 : row.epoch();
    }

    /** Failed attempts that were ever on the disk for this position. */
    int attemptsRecorded(String sender, String recipient, int laneClass, long epoch, long seq) {
        Integer lane = laneIds.get(sender + ">" + recipient + "/" + laneClass);
        return lane == null ? 0 : everRecorded.getOrDefault(new Position(lane, epoch, seq), 0);
    }

    /** True when the position is dead and that is committed. */
    boolean isDead(String sender, String recipient, int laneClass, long epoch, long seq) {
        Integer lane = laneIds.get(sender + ">" + recipient + "/" + laneClass);
        return lane != null && dead.contains(new Position(lane, epoch, seq));
    }

    /** Who knows that a sender was told the end of a message: by rule R3 it may then raise the mark over it, stored or not. */
    interface Told {
        boolean done(String sender, String target, String streamClass, long epoch, long seq);
    }

    /** Rule R6: what lies at or below the mark of a direct stream is stored, finished or dead. */
    void checkOneCut(Told told) {
        for (Recovered.StreamRow s : streams.values()) {
            Integer lane = laneIds.get(s.sender() + ">" + s.target() + "/" + s.streamClass());
            for (long seq = 1; lane != null && seq <= s.mark(); seq++) {
                boolean isAccounted = hasFate(new Position(lane, s.epoch(), seq))
                        || told.done(s.sender(), s.target(), LaneClass.nameOf(s.streamClass()), s.epoch(), seq);
                if (!isAccounted) {
                    violations.add("R6 neither stored nor finished nor dead stream=" + s + " seq=" + seq);
                    return;
                }
            }
        }
    }
}
