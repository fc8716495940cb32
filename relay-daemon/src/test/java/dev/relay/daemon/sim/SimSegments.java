package dev.relay.daemon.sim;

import dev.relay.daemon.sim.SimDisk.Position;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.StoredFrame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The frames on a {@link SimDisk}, one segment per commit, and whose bytes were damaged. What of them is wanted still, the disk says. */
final class SimSegments {
    record Frame(Position at, StoredFrame stored) {}

    private final Map<Long, List<Frame>> segments = new TreeMap<>();
    private final Map<Position, Frame> stored = new LinkedHashMap<>();
    /** The calls that damaged frames were of. */
    private final Map<Position, Long> corrupted = new HashMap<>();

    /** Takes the frames of a batch; {@code twice} is told of positions that were there already. */
    void add(Batch b, Consumer<Position> twice) {
        List<Frame> frames = new ArrayList<>();
        ByteBuffer index = b.index();
        for (int p = 0; p < index.position(); p += Batch.INDEX_BYTES) {
            byte[] bytes = new byte[index.getInt(p + 8)];
            b.frames().get(index.getInt(p + 4), bytes);
            Position at = new Position(index.getInt(p), index.getLong(p + 12), index.getLong(p + 20));
            frames.add(new Frame(at, new StoredFrame(at.epoch(), at.seq(), b.no, b.bootNo, b.wallMs, bytes)));
        }
        if (!frames.isEmpty()) {
            segments.put(b.no, frames);
        }
        for (Frame f : frames) {
            if (stored.put(f.at, f) != null) {
                twice.accept(f.at);
            }
        }
    }

    void drop(long no) {
        List<Frame> empty = segments.remove(no);
        if (empty != null) {
            empty.forEach(f -> stored.remove(f.at, f));
        }
    }

    boolean has(Position at) {
        return stored.containsKey(at);
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    void forEach(BiConsumer<Long, List<Frame>> reader) {
        segments.forEach(reader);
    }

    /** The bytes of one of the frames that are wanted no longer match their checksum. */
    void corruptOne(RandomGenerator random, Predicate<Position> isWanted) {
        List<Frame> candidates = stored.values().stream()
                .filter(f -> isWanted.test(f.at) && f.stored.frame() != null)
                .toList();
        if (candidates.isEmpty()) {
            return;
        }
        Frame victim = candidates.get(random.nextInt(candidates.size()));
        StoredFrame s = victim.stored;
        corrupted.put(victim.at, Payload.uidOfFrame(s.frame()));
        Frame damaged =
                new Frame(victim.at, new StoredFrame(s.epoch(), s.seq(), s.segment(), s.bootNo(), s.wallMs(), null));
        stored.put(victim.at, damaged);
        List<Frame> frames = Objects.requireNonNull(segments.get(s.segment()));
        frames.replaceAll(f -> f.at.equals(victim.at) ? damaged : f);
    }

    /** The call that the damaged frame at this position was of, null when none was damaged. */
    @Nullable
    Long damaged(Position at) {
        return corrupted.get(at);
    }

    List<StoredFrame> page(int lane, int max, Predicate<Position> isWanted) {
        List<StoredFrame> page = new ArrayList<>();
        for (List<Frame> frames : segments.values()) {
            if (page.size() >= max) {
                break;
            }
            for (Frame f : frames) {
                if (f.at.lane() == lane && isWanted.test(f.at)) {
                    page.add(f.stored);
                }
            }
        }
        return page;
    }

    /** Drops segments in which everything is finished. */
    void sweep(Predicate<Position> isFinished) {
        segments.values().removeIf(frames -> frames.stream().allMatch(f -> isFinished.test(f.at)));
    }

    void clear() {
        segments.clear();
        stored.clear();
        corrupted.clear();
    }
}
