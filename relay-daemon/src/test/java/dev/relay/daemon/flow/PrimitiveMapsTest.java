package dev.relay.daemon.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The maps of the hot path against those of the library, by seed. */
class PrimitiveMapsTest {
    @Test
    void shouldCountLikeAMap() {
        for (long seed = 1; seed <= 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            LongCounts counts = new LongCounts();
            Map<Long, Integer> expected = new HashMap<>();
            for (int i = 0; i < 5_000; i++) {
                long key = 1 + random.nextLong(300) * (random.nextBoolean() ? 1 : 1L << 33);
                int count = random.nextInt(3);
                counts.set(key, count);
                if (count == 0) {
                    expected.remove(key);
                } else {
                    expected.put(key, count);
                }
            }
            assertThat(counts.size()).as("seed %d", seed).isEqualTo(expected.size());
            expected.forEach((key, count) -> assertThat(counts.get(key)).isEqualTo(count));
            assertThat(counts.get(999_999_999L)).isZero();
        }
    }

    @Test
    void shouldFindEveryHandle() {
        IntMap<String> map = new IntMap<>();
        for (int handle = 1; handle <= 10_000; handle++) {
            map.put(handle * 7_919, "h" + handle);
        }
        map.put(7_919, "again");
        assertThat(map.size()).isEqualTo(10_000);
        assertThat(map.get(7_919)).isEqualTo("again");
        assertThat(map.get(7_919 * 5_000)).isEqualTo("h5000");
        assertThat(map.get(3)).isNull();
        assertThat(map.get(0)).isNull();
        assertThat(map.values()).hasSize(10_000);
    }

    @Test
    void shouldForgetHandlesLikeAMap() {
        for (long seed = 1; seed <= 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            IntMap<Integer> map = new IntMap<>();
            Map<Integer, Integer> expected = new HashMap<>();
            for (int i = 0; i < 5_000; i++) {
                int key = 1 + random.nextInt(300);
                if (random.nextInt(3) == 0) {
                    map.remove(key);
                    expected.remove(key);
                } else {
                    map.put(key, i);
                    expected.put(key, i);
                }
            }
            assertThat(map.size()).as("seed %d", seed).isEqualTo(expected.size());
            for (int key = 0; key <= 301; key++) {
                assertThat(map.get(key)).as("seed %d", seed).isEqualTo(expected.get(key));
            }
        }
    }

    @Test
    void I7_shouldKeepTheNewestMillionIdsOfASenderAndForgetInOrder() {
        AppIdIndex index = new AppIdIndex();
        int more = 1_000;
        int forgotten = 0;
        for (long no = 1; no <= AppIdIndex.CAPACITY + more; no++) {
            forgotten += index.add(no, 1, 2, no, no * 0x9E3779B97F4A7C15L, no, no, no) ? 1 : 0;
        }
        assertThat(AppIdIndex.CAPACITY).isGreaterThanOrEqualTo(1_000_000);
        assertThat(forgotten).isEqualTo(more);
        assertThat(index.size()).isEqualTo(AppIdIndex.CAPACITY);
        assertThat(index.oldestNs()).isEqualTo(more + 1L);
        for (long no = 1; no <= AppIdIndex.CAPACITY + more; no += 97) {
            int found = index.find(no * 0x9E3779B97F4A7C15L, no);
            assertThat(found >= 0).isEqualTo(no > more);
            if (found >= 0) {
                assertThat(index.seq(found)).isEqualTo(no);
            }
        }
        long forgottenNo = 2_000L + index.size() % 2;
        while (index.size() > 0) {
            index.forgetOldest();
        }
        assertThat(index.find(forgottenNo * 0x9E3779B97F4A7C15L, forgottenNo)).isEqualTo(-1);
    }

    @Test
    void shouldWalkALaneLikeAList() {
        for (long seed = 1; seed <= 200; seed++) {
            walk(new SplittableRandom(seed));
        }
    }

    /** Appends, delivers, acks in any order and rewinds: the floor never passes what is not finished. */
    private static void walk(SplittableRandom random) {
        dev.relay.daemon.session.Agent agent = new dev.relay.daemon.session.Agent("default", "a", 1, 1);
        Lane lane = new Lane(1, agent, agent, LaneClass.MESSAGE, new Stream(1, agent, "a", LaneClass.MESSAGE));
        java.util.TreeSet<Long> open = new java.util.TreeSet<>();
        long seq = 0;
        for (int step = 0; step < 300; step++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    lane.append(null, 1, ++seq, Lane.SKIP, false, false);
                    open.add(seq);
                }
                case 1 -> {
                    if (lane.cursor < lane.size() && lane.state(lane.cursor++) == Lane.SKIP) {
                        lane.toFlight(lane.cursor - 1, 0, 0);
                    }
                }
                case 2 -> {
                    int i = lane.cursor == 0 ? -1 : random.nextInt(lane.cursor);
                    if (i >= 0 && lane.state(i) == Lane.SKIPPED) {
                        open.remove(lane.seq(i));
                        lane.leave(i, Lane.DONE);
                        lane.advance();
                    }
                }
                default -> lane.rewindTo(lane.size() == 0 ? 0 : random.nextInt(lane.size()));
            }
            long floor = open.isEmpty() ? seq : open.first() - 1;
            assertThat(lane.floorSeq).isEqualTo(floor);
            assertThat(lane.inFlight).isBetween(0, open.size());
        }
    }
}
