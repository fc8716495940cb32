package dev.relay.daemon.sim;

import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.KeptRows;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.StoredFrame;
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
import java.util.Set;
import java.util.TreeMap;

/**
 * What survives a daemon in the simulation: committed batches and nothing else. It is also the judge of "safe": {@link #isAccounted} says whether a
 * position would outlive a crash of everything at this moment.
 */
final class SimDisk {
    record Position(int lane, long epoch, long seq) {}

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
    private final SimSegments segments = new SimSegments();
    final SimDeadLetters deadLetters = new SimDeadLetters();
    private final Map<String, Integer> streamIds = new HashMap<>();
    private final Map<String, Integer> laneIds = new HashMap<>();
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
        segments.add(b, at -> violations.add("R6 stored twice " + at));
        b.attempts.forEach(a -> attempts.put(new Position(a.lane(), a.epoch(), a.seq()), a));
        b.attempts.forEach(a -> everRecorded.put(new Position(a.lane(), a.epoch(), a.seq()), a.attempts()));
        b.kept.revived.forEach(this::revive);
        b.deadLetters.forEach(this::bury);
        b.floors.forEach(this::applyFloor);
        b.droppedDeadLetters.forEach(this::drop);
        for (int i = 0; i < b.emptySegmentCount(); i++) {
            segments.drop(b.emptySegment(i));
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

    private void bury(Batch.DeadLetter d) {
        DeadLetterRow r = d.row();
        Position at = new Position(r.lane(), r.epoch(), r.seq());
        Long damaged = segments.damaged(at);
        long uid = damaged != null ? damaged : Payload.uidOfFrame(r.frame());
        boolean isFirst = deadLetters.add(at, new SimDeadLetters.Dead(d, uid, world.nanoTime()));
        if (!isFirst || isFinished(at)) {
            violations.add("I5 dead twice, or after it was acked " + at + " uid=" + uid);
        }
        skips.put(at, new Recovered.SkipRow(r.lane(), r.epoch(), r.seq(), r.reason()));
        attempts.remove(at);
    }

    private void revive(long no) {
        if (!deadLetters.revive(no)) {
            violations.add("I5 lived again without a dead letter no=" + no);
        }
    }

    private void drop(long no) {
        if (!deadLetters.remove(no)) {
            violations.add("I17 a dead letter was taken out twice no=" + no);
        }
    }

    // ---- a restart

    private boolean isFinished(Position p) {
        Recovered.LaneRow lane = lanes.get(p.lane);
        return lane != null
                && (isAtOrBelow(p.epoch, p.seq, lane.epoch(), lane.floor())
                        || finished.getOrDefault(p.lane, Set.of()).contains(p));
    }

    private boolean isPending(Position p) {
        return !isFinished(p) && !skips.containsKey(p);
    }

    Recovered recover() {
        bootNo++;
        osBootFirst = osBootFirst == 0 ? bootNo : osBootFirst;
        Map<Integer, Integer> pending = new HashMap<>();
        Map<Integer, Long> pendingBytes = new HashMap<>();
        List<Recovered.SegmentRow> rows = new ArrayList<>();
        segments.forEach((no, frames) -> {
            int live = 0;
            for (SimSegments.Frame f : frames) {
                if (isPending(f.at())) {
                    live++;
                    pending.merge(f.at().lane, 1, Integer::sum);
                    byte[] bytes = f.stored().frame();
                    pendingBytes.merge(f.at().lane, bytes == null ? 0L : bytes.length, Long::sum);
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
        return new Recovered(
                "sim-" + generation,
                bootNo,
                storeKey(),
                lastSegment,
                deadLetters.lastNo(),
                List.copyOf(agents.values()),
                List.copyOf(streams.values()),
                laneRows,
                List.copyOf(kinds.values()),
                List.copyOf(subscriptions),
                List.copyOf(attempts.values()),
                inOrder(skips.values()),
                deadLetters.fates(),
                rows,
                new KeptRows.Kept(
                        osBootFirst,
                        deadLetters.lastNo(),
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
                agents, streams, lanes, finished, kinds, attempts, skips, streamIds, laneIds, documents, laneOptions)) {
            each.clear();
        }
        appIds.clear();
        osBootFirst = 0;
        subscriptions.clear();
        segments.clear();
        deadLetters.clear();
    }

    /** The bytes of one unfinished frame no longer match their checksum. */
    void corruptOne() {
        segments.corruptOne(world.random, this::isPending);
    }

    // ---- reads

    List<StoredFrame> page(int lane, long afterEpoch, long afterSeq, int max) {
        return segments.page(lane, max, p -> !isAtOrBelow(p.epoch, p.seq, afterEpoch, afterSeq) && isPending(p));
    }

    /** Segments that the core counts as live and no lane wants: the store's own upkeep drops them. */
    void sweep() {
        segments.sweep(this::isFinished);
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    // ---- the judge

    /** True when this position of a stream outlives a crash of everything: accepted, and stored, finished or dead in the lane of {@code recipient}. */
    boolean isAccounted(String sender, String target, String recipient, int streamClass, long epoch, long seq) {
        Integer id = streamIds.get(sender + ">" + target + "/" + streamClass);
        Recovered.StreamRow s = id == null ? null : streams.get(id);
        if (s == null || !isAtOrBelow(epoch, seq, s.epoch(), s.mark())) {
            return false;
        }
        Integer lane = laneIds.get(sender + ">" + recipient + "/" + streamClass);
        return target.isEmpty() || (lane != null && hasFate(new Position(lane, epoch, seq)));
    }

    private boolean hasFate(Position p) {
        return isFinished(p) || segments.has(p) || deadLetters.isDead(p);
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
        return lane != null && deadLetters.isDead(new Position(lane, epoch, seq));
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
