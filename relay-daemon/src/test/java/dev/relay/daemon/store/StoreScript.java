package dev.relay.daemon.store;

import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A store's life by seed: each call of {@link #next} is one batch of a made-up core with direct and topic lanes, floors, finished sets, retries, dead letters, a
 * change of epoch and segments that run empty. It also knows what a store must hold after any number of batches: replay the script that far and compare.
 */
final class StoreScript {
    private static final int TOPIC_STREAM = 3;
    private static final int[][] LANES_OF_STREAM = {{}, {1}, {2}, {3, 4}};
    private static final int LANES = 4;
    private static final int KIND = 1;

    /** Epoch, then seq. */
    record Position(long epoch, long seq) implements Comparable<Position> {
        @Override
        public int compareTo(Position other) {
            return epoch != other.epoch ? Long.compare(epoch, other.epoch) : Long.compare(seq, other.seq);
        }
    }

    private static final class LaneModel {
        final TreeMap<Position, byte[]> pending = new TreeMap<>();
        final TreeSet<Position> open = new TreeSet<>();
        final TreeSet<Position> finished = new TreeSet<>();
        final TreeSet<Position> dead = new TreeSet<>();
        final TreeMap<Position, Integer> attempts = new TreeMap<>();
        Position floor = new Position(0, 0);
        boolean isDirty;

        void finish(Position p) {
            pending.remove(p);
            attempts.remove(p);
            dead.remove(p);
            finished.add(p);
            isDirty = true;
            while (!open.isEmpty() && finished.contains(open.first())) {
                floor = open.first();
                open.remove(floor);
                finished.remove(floor);
            }
        }
    }

    private final SplittableRandom random;
    private final LaneModel[] lanes = new LaneModel[LANES + 1];
    private final long[] epochs = {0, 1L << 32 | 1, 1L << 32 | 2, 1L << 32 | 1};
    private final long[] marks = new long[LANES_OF_STREAM.length];
    private final Map<Long, Set<String>> segments = new TreeMap<>();
    private final Map<String, Long> segmentOf = new TreeMap<>();
    private final Map<Long, byte[]> letters = new TreeMap<>();
    private final List<Long> emptied = new ArrayList<>();
    private final List<Long> dropped = new ArrayList<>();
    private long lastLetter;
    private long batches;

    StoreScript(long seed) {
        random = new SplittableRandom(seed);
        for (int lane = 1; lane <= LANES; lane++) {
            lanes[lane] = new LaneModel();
        }
    }

    static StoreScript after(long seed, long batches) {
        StoreScript script = new StoreScript(seed);
        while (script.batches < batches) {
            Batch unused = script.next();
        }
        return script;
    }

    long batches() {
        return batches;
    }

    Batch next() {
        Batch batch = new Batch();
        batch.no = ++batches;
        batch.bootNo = 1;
        batch.wallMs = 1_000 + batches;
        if (batches == 1) {
            names(batch);
        }
        emptied.forEach(batch::addEmptySegment);
        emptied.forEach(segments::remove);
        emptied.clear();
        drop(batch);
        if (random.nextInt(40) == 0) {
            newEpoch();
        }
        accept(batch);
        for (int lane = 1; lane <= LANES; lane++) {
            progress(batch, lane);
        }
        floors(batch);
        return batch;
    }

    private static void names(Batch batch) {
        for (String name : List.of("a", "b", "c")) {
            batch.agents.add(new Recovered.AgentRow("default", name, 0, 1));
        }
        String[] targets = {"", "b", "c", ""};
        for (int stream = 1; stream < LANES_OF_STREAM.length; stream++) {
            int streamClass = stream == TOPIC_STREAM ? 2 : 0;
            batch.streams.add(new Recovered.StreamRow(stream, "default", "a", targets[stream], streamClass, 0, 0));
            for (int lane : LANES_OF_STREAM[stream]) {
                batch.lanes.add(new Recovered.LaneRow(
                        lane, "default", "a", lane % 2 == 1 ? "b" : "c", streamClass, 0, 0, new long[0], 0, 0));
            }
        }
        batch.kinds.add(new Recovered.KindRow(KIND, "fill"));
        batch.subscribed.add(new Recovered.SubscriptionRow("default", "b", "signals.>"));
    }

    private void newEpoch() {
        epochs[1] += 1L << 32;
        marks[1] = 0;
    }

    private void accept(Batch batch) {
        int count = random.nextInt(24);
        Set<Integer> moved = new HashSet<>();
        for (int i = 0; i < count; i++) {
            int stream = 1 + random.nextInt(LANES_OF_STREAM.length - 1);
            Position p = new Position(epochs[stream], ++marks[stream]);
            moved.add(stream);
            boolean isAckedBeforeTheCut = random.nextInt(5) == 0;
            byte[] frame = frame();
            int offset = isAckedBeforeTheCut ? 0 : batch.addFrame(ByteBuffer.wrap(frame), 0, frame.length);
            for (int lane : LANES_OF_STREAM[stream]) {
                lanes[lane].open.add(p);
                if (isAckedBeforeTheCut) {
                    lanes[lane].finish(p);
                } else {
                    lanes[lane].pending.put(p, frame);
                    batch.addIndex(lane, offset, frame.length, p.epoch(), p.seq());
                    segments.computeIfAbsent(batches, no -> new HashSet<>()).add(key(lane, p));
                    segmentOf.put(key(lane, p), batches);
                }
            }
        }
        moved.forEach(s -> batch.marks.add(new Batch.Mark(s, epochs[s], marks[s])));
    }

    /** Any bytes, but of a kind that the store knows and without an age limit, so that a daemon may run on it. */
    private byte[] frame() {
        byte[] frame = new byte[random.nextInt(10) == 0 ? 9_000 + random.nextInt(9_000) : 64 + random.nextInt(400)];
        random.nextBytes(frame);
        ByteBuffer header = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        MessageHeader.kind(header, 0, KIND);
        MessageHeader.ttlMs(header, 0, 0);
        return frame;
    }

    private void progress(Batch batch, int id) {
        LaneModel lane = lanes[id];
        int most = id == LANES ? 2 : 5;
        for (int acks = random.nextInt(most); acks > 0 && !lane.pending.isEmpty(); acks--) {
            Position p = random.nextInt(4) == 0 ? any(lane) : lane.pending.firstKey();
            if (!isInThisBatch(id, p)) {
                lane.finish(p);
                release(id, p);
            }
        }
        if (!lane.dead.isEmpty() && random.nextInt(3) == 0) {
            lane.finish(lane.dead.first());
        }
        if (!lane.pending.isEmpty() && random.nextInt(6) == 0) {
            fail(batch, id, any(lane));
        }
    }

    private Position any(LaneModel lane) {
        return lane.pending.keySet().stream()
                .skip(random.nextInt(Math.min(8, lane.pending.size())))
                .findFirst()
                .orElseThrow();
    }

    private boolean isInThisBatch(int lane, Position p) {
        return Objects.equals(segmentOf.get(key(lane, p)), batches);
    }

    private void fail(Batch batch, int id, Position p) {
        LaneModel lane = lanes[id];
        int attempts = lane.attempts.merge(p, 1, Integer::sum);
        if (attempts < 3) {
            batch.attempts.add(
                    new Recovered.AttemptRow(id, p.epoch(), p.seq(), attempts, 0, 2_000L * attempts, 7, "boom"));
        } else if (!isInThisBatch(id, p)) {
            byte[] frame = Objects.requireNonNull(lane.pending.remove(p));
            lane.attempts.remove(p);
            lane.dead.add(p);
            release(id, p);
            letters.put(++lastLetter, frame);
            batch.deadLetters.add(new Batch.DeadLetter(letter(id, p, frame), streamOf(id)));
        } else {
            lane.attempts.merge(p, -1, Integer::sum);
        }
    }

    private DeadLetterRow letter(int lane, Position p, byte[] frame) {
        return new DeadLetterRow(
                lastLetter,
                lane,
                1,
                lastLetter,
                "a",
                "b",
                "message",
                p.epoch(),
                p.seq(),
                "fill",
                1,
                6,
                1,
                2,
                "boom",
                frame.length,
                frame);
    }

    private static int streamOf(int lane) {
        return lane > 2 ? TOPIC_STREAM : lane;
    }

    private void drop(Batch batch) {
        if (!letters.isEmpty() && random.nextInt(10) == 0) {
            long no = letters.keySet().iterator().next();
            letters.remove(no);
            dropped.add(no);
            batch.droppedDeadLetters.add(no);
            batch.audits.add(new Batch.Audit(batches, "dlq.drop", "cli", "no=" + no));
        }
    }

    private void release(int lane, Position p) {
        Long segment = Objects.requireNonNull(segmentOf.remove(key(lane, p)));
        Set<String> live = Objects.requireNonNull(segments.get(segment));
        live.remove(key(lane, p));
        if (live.isEmpty()) {
            emptied.add(segment);
        }
    }

    private void floors(Batch batch) {
        for (int id = 1; id <= LANES; id++) {
            LaneModel lane = lanes[id];
            if (lane.isDirty) {
                lane.isDirty = false;
                batch.floors.add(new Batch.Floor(id, lane.floor.epoch(), lane.floor.seq(), flat(lane.finished)));
            }
        }
    }

    private static long[] flat(Set<Position> positions) {
        return positions.stream()
                .flatMapToLong(p -> java.util.stream.LongStream.of(p.epoch(), p.seq()))
                .toArray();
    }

    private static String key(int lane, Position p) {
        return lane + ":" + p.epoch() + ":" + p.seq();
    }

    /** What differs between this model and a store, and which frames the store says are damaged. */
    record Verdict(List<String> wrong, List<String> damaged) {}

    Verdict compare(Recovered found, TestStore store) throws Exception {
        List<String> wrong = new ArrayList<>();
        List<String> damaged = new ArrayList<>();
        found.streams().forEach(s -> {
            if (marks[s.id()] > 0 && (s.mark() != marks[s.id()] || s.epoch() != epochs[s.id()])) {
                wrong.add("mark of stream " + s.id() + " is " + s.mark() + ", not " + marks[s.id()]);
            }
        });
        if (found.lanes().size() != (batches == 0 ? 0 : LANES)) {
            wrong.add("lanes: " + found.lanes().size());
        }
        for (Recovered.LaneRow row : found.lanes()) {
            compare(row, store, wrong, damaged);
        }
        compareRest(found, store, wrong, damaged);
        return new Verdict(wrong, damaged);
    }

    private void compare(Recovered.LaneRow row, TestStore store, List<String> wrong, List<String> damaged)
            throws Exception {
        LaneModel lane = lanes[row.id()];
        if (row.epoch() != lane.floor.epoch() || row.floor() != lane.floor.seq()) {
            wrong.add("floor of lane " + row.id() + " is " + row.epoch() + ":" + row.floor() + ", not " + lane.floor);
        }
        if (!Arrays.equals(row.finished(), flat(lane.finished))) {
            wrong.add("finished set of lane " + row.id());
        }
        if (row.pending() != lane.pending.size()) {
            wrong.add("pending of lane " + row.id() + " is " + row.pending() + ", not " + lane.pending.size());
        }
        List<StoredFrame> frames = store.all(row.id());
        List<Position> positions =
                frames.stream().map(f -> new Position(f.epoch(), f.seq())).toList();
        if (!positions.equals(List.copyOf(lane.pending.keySet()))) {
            wrong.add("frames of lane " + row.id() + " are " + positions + ", not " + lane.pending.keySet());
            return;
        }
        for (StoredFrame f : frames) {
            byte[] bytes = f.frame();
            Position p = new Position(f.epoch(), f.seq());
            if (bytes == null) {
                damaged.add(key(row.id(), p));
            } else if (!Arrays.equals(bytes, lane.pending.get(p))) {
                wrong.add("payload of " + key(row.id(), p));
            }
        }
    }

    private void compareRest(Recovered found, TestStore store, List<String> wrong, List<String> damaged)
            throws Exception {
        TreeMap<Long, Integer> live = new TreeMap<>();
        segments.forEach((no, keys) -> live.put(no, keys.size()));
        TreeMap<Long, Integer> liveFound = new TreeMap<>();
        found.segments().forEach(s -> liveFound.put(s.no(), s.live()));
        if (!live.equals(liveFound)) {
            wrong.add("segments are " + liveFound + ", not " + live);
        }
        int attempts = Arrays.stream(lanes)
                .skip(1)
                .mapToInt(l ->
                        (int) l.attempts.values().stream().filter(n -> n > 0).count())
                .sum();
        if (found.attempts().size() != attempts) {
            wrong.add("attempts: " + found.attempts().size() + ", not " + attempts);
        }
        int skips = Arrays.stream(lanes).skip(1).mapToInt(l -> l.dead.size()).sum();
        if (found.skips().size() != skips) {
            wrong.add("skips: " + found.skips().size() + ", not " + skips);
        }
        for (Map.Entry<Long, byte[]> letter : letters.entrySet()) {
            DeadLetterRow row = store.deadLetter(letter.getKey());
            byte[] frame = row == null ? null : row.frame();
            if (row == null) {
                wrong.add("dead letter " + letter.getKey() + " is gone");
            } else if (frame == null) {
                damaged.add("dead letter " + letter.getKey());
            } else if (!Arrays.equals(frame, letter.getValue())) {
                wrong.add("payload of dead letter " + letter.getKey());
            }
        }
        for (long no : dropped) {
            if (store.deadLetter(no) != null) {
                wrong.add("dead letter " + no + " is back");
            }
        }
    }
}
