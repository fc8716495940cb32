package dev.relay.daemon.sim;

import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.StoredFrame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What survives a daemon in the simulation: committed batches and nothing else. */
final class SimDisk {
    record Frame(int lane, StoredFrame stored) {}

    long bootNo;
    private final Map<String, Recovered.AgentRow> agents = new TreeMap<>();
    private final Map<Integer, Recovered.StreamRow> streams = new TreeMap<>();
    private final Map<Integer, Recovered.LaneRow> lanes = new TreeMap<>();
    private final Map<Integer, Recovered.KindRow> kinds = new TreeMap<>();
    private final Set<Recovered.SubscriptionRow> subscriptions = new java.util.LinkedHashSet<>();
    private final Map<String, Recovered.AttemptRow> attempts = new LinkedHashMap<>();
    private final Map<String, Recovered.SkipRow> skips = new LinkedHashMap<>();
    private final Map<Long, List<Frame>> segments = new TreeMap<>();
    final List<Batch.DeadLetter> deadLetters = new ArrayList<>();
    long lastSegment;

    private static String key(int lane, long epoch, long seq) {
        return lane + ":" + epoch + ":" + seq;
    }

    private static boolean isAtOrBelow(long epoch, long seq, long floorEpoch, long floor) {
        return epoch < floorEpoch || (epoch == floorEpoch && seq <= floor);
    }

    void apply(Batch b) {
        b.agents.forEach(a -> agents.put(a.namespace() + "/" + a.name(), a));
        b.streams.forEach(s -> streams.put(s.id(), s));
        b.lanes.forEach(l -> lanes.put(l.id(), l));
        b.kinds.forEach(k -> kinds.put(k.id(), k));
        subscriptions.addAll(b.subscribed);
        b.unsubscribed.forEach(subscriptions::remove);
        b.marks.forEach(m -> streams.computeIfPresent(
                m.stream(),
                (id, s) -> new Recovered.StreamRow(
                        id, s.namespace(), s.sender(), s.target(), s.streamClass(), m.epoch(), m.mark())));
        b.floors.forEach(this::applyFloor);
        b.attempts.forEach(a -> attempts.put(key(a.lane(), a.epoch(), a.seq()), a));
        applyFrames(b);
        for (Batch.DeadLetter d : b.deadLetters) {
            DeadLetterRow r = d.row();
            deadLetters.add(d);
            skips.put(
                    key(r.lane(), r.epoch(), r.seq()), new Recovered.SkipRow(r.lane(), r.epoch(), r.seq(), r.reason()));
            attempts.remove(key(r.lane(), r.epoch(), r.seq()));
        }
        for (int i = 0; i < b.emptySegmentCount(); i++) {
            segments.remove(b.emptySegment(i));
        }
        lastSegment = b.no;
    }

    private void applyFloor(Batch.Floor f) {
        lanes.computeIfPresent(
                f.lane(),
                (id, l) -> new Recovered.LaneRow(
                        id,
                        l.namespace(),
                        l.sender(),
                        l.recipient(),
                        l.laneClass(),
                        f.epoch(),
                        f.floor(),
                        f.finished(),
                        0,
                        0));
        attempts.values().removeIf(a -> a.lane() == f.lane() && isAtOrBelow(a.epoch(), a.seq(), f.epoch(), f.floor()));
        skips.values().removeIf(s -> s.lane() == f.lane() && isAtOrBelow(s.epoch(), s.seq(), f.epoch(), f.floor()));
    }

    private void applyFrames(Batch b) {
        List<Frame> frames = new ArrayList<>();
        ByteBuffer index = b.index();
        for (int p = 0; p < index.position(); p += Batch.INDEX_BYTES) {
            byte[] bytes = new byte[index.getInt(p + 8)];
            b.frames().get(index.getInt(p + 4), bytes);
            frames.add(new Frame(
                    index.getInt(p),
                    new StoredFrame(index.getLong(p + 12), index.getLong(p + 20), b.no, b.bootNo, b.wallMs, bytes)));
        }
        if (!frames.isEmpty()) {
            segments.put(b.no, frames);
        }
    }

    private boolean isPending(Frame f) {
        Recovered.LaneRow lane = lanes.get(f.lane);
        StoredFrame s = f.stored;
        if (lane == null
                || isAtOrBelow(s.epoch(), s.seq(), lane.epoch(), lane.floor())
                || skips.containsKey(key(f.lane, s.epoch(), s.seq()))) {
            return false;
        }
        Set<String> finished = new HashSet<>();
        for (int i = 0; i < lane.finished().length; i += 2) {
            finished.add(key(f.lane, lane.finished()[i], lane.finished()[i + 1]));
        }
        return !finished.contains(key(f.lane, s.epoch(), s.seq()));
    }

    Recovered recover() {
        bootNo++;
        Map<Integer, Integer> pending = new TreeMap<>();
        List<Recovered.SegmentRow> rows = new ArrayList<>();
        segments.forEach((no, frames) -> {
            int live = 0;
            for (Frame f : frames) {
                if (isPending(f)) {
                    live++;
                    pending.merge(f.lane, 1, Integer::sum);
                }
            }
            rows.add(new Recovered.SegmentRow(no, live));
        });
        List<Recovered.LaneRow> laneRows = new ArrayList<>();
        lanes.values()
                .forEach(l -> laneRows.add(new Recovered.LaneRow(
                        l.id(),
                        l.namespace(),
                        l.sender(),
                        l.recipient(),
                        l.laneClass(),
                        l.epoch(),
                        l.floor(),
                        l.finished(),
                        pending.getOrDefault(l.id(), 0),
                        0)));
        List<Recovered.DeadRow> dead = new ArrayList<>();
        deadLetters.forEach(d -> dead.add(new Recovered.DeadRow(
                d.stream(),
                d.row().epoch(),
                d.row().seq(),
                d.row().reason(),
                d.row().attempts())));
        return new Recovered(
                "sim",
                bootNo,
                new byte[32],
                lastSegment,
                deadLetters.size(),
                List.copyOf(agents.values()),
                List.copyOf(streams.values()),
                laneRows,
                List.copyOf(kinds.values()),
                List.copyOf(subscriptions),
                List.copyOf(attempts.values()),
                List.copyOf(skips.values()),
                dead,
                rows);
    }

    List<StoredFrame> page(int lane, long afterEpoch, long afterSeq, int max) {
        List<StoredFrame> page = new ArrayList<>();
        for (List<Frame> frames : segments.values()) {
            if (page.size() >= max) {
                break;
            }
            for (Frame f : frames) {
                if (f.lane == lane && !isAtOrBelow(f.stored.epoch(), f.stored.seq(), afterEpoch, afterSeq)) {
                    page.add(f.stored);
                }
            }
        }
        return page;
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }
}
