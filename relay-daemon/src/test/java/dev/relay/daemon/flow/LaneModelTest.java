package dev.relay.daemon.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.session.Agent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The ring of a lane against a plain list (P1): random operations, compared after each of them. {@code -Drelay.lane.operations=N} sets how many,
 * {@code -Drelay.lane.seed=N} replays one walk.
 */
class LaneModelTest {
    private static final int OPERATIONS = Integer.getInteger("relay.lane.operations", 1_000_000);
    private static final int OPERATIONS_OF_A_WALK = 500;
    private static final int MOST = 40;

    /** What one entry is, without any ring. */
    private static final class Entry {
        final long epoch;
        final long seq;
        int state = Lane.QUEUED;
        boolean wasDelivered;
        boolean isFailed;

        Entry(long epoch, long seq) {
            this.epoch = epoch;
            this.seq = seq;
        }

        boolean isFlying() {
            return state == Lane.FLIGHT || state == Lane.SKIPPED;
        }
    }

    /** One walk over both. */
    private static final class Walk {
        final SplittableRandom random;
        final Agent sender = new Agent("default", "a", 0, 1);
        final Agent recipient = new Agent("default", "b", 0, 1);
        final Lane lane =
                new Lane(1, sender, recipient, LaneClass.MESSAGE, new Stream(1, sender, "b", LaneClass.MESSAGE));
        final List<Entry> model = new ArrayList<>();
        int cursor;
        long floorEpoch;
        long floorSeq;
        long epoch = 1;
        long seq;

        Walk(long seed) {
            random = new SplittableRandom(seed);
        }

        void step() {
            int any = model.isEmpty() ? 0 : random.nextInt(model.size());
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> append();
                case 3, 4 -> deliver();
                case 5 -> ackUpTo(any);
                case 6 -> finish(any);
                case 7 -> fail(any);
                case 8 -> die(any);
                default -> rare();
            }
        }

        private void rare() {
            switch (random.nextInt(4)) {
                case 0 -> rewind(0);
                case 1 -> newEpoch();
                case 2 -> raise();
                default -> announce();
            }
        }

        private void newEpoch() {
            epoch++;
            seq = 0;
        }

        private void append() {
            if (model.size() < MOST) {
                seq += random.nextInt(1, 3);
                model.add(new Entry(epoch, seq));
                lane.append(null, epoch, seq, Lane.QUEUED, false, false);
            }
        }

        private void deliver() {
            if (cursor < model.size()) {
                Entry e = model.get(cursor);
                if (e.state == Lane.QUEUED || e.state == Lane.SKIP) {
                    e.state = e.state == Lane.SKIP ? Lane.SKIPPED : Lane.FLIGHT;
                    e.wasDelivered = true;
                    lane.toFlight(cursor, 0, 7);
                } else if (e.state == Lane.DYING) {
                    return;
                }
                cursor++;
                lane.cursor++;
            }
        }

        private void ackUpTo(int last) {
            for (int i = 0; i <= last && i < model.size(); i++) {
                finishAt(i);
            }
            advance();
        }

        private void finish(int i) {
            if (!model.isEmpty()) {
                finishAt(i);
                advance();
            }
        }

        private void finishAt(int i) {
            if (model.get(i).isFlying()) {
                model.get(i).state = Lane.DONE;
                lane.leave(i, Lane.DONE);
            }
        }

        private void fail(int i) {
            if (!model.isEmpty() && model.get(i).state == Lane.FLIGHT) {
                rewind(i);
                model.get(i).isFailed = true;
                lane.markFailed(i);
            }
        }

        private void die(int i) {
            if (!model.isEmpty() && model.get(i).state == Lane.QUEUED) {
                model.get(i).state = Lane.DYING;
                lane.leave(i, Lane.DYING);
            }
        }

        /** Deaths are committed. */
        private void announce() {
            for (int i = 0; i < model.size(); i++) {
                if (model.get(i).state == Lane.DYING) {
                    model.get(i).state = Lane.SKIP;
                    lane.leave(i, Lane.SKIP);
                    cursor = Math.min(cursor, i);
                    lane.cursor = Math.min(lane.cursor, i);
                }
            }
        }

        private void rewind(int from) {
            lane.rewindTo(from);
            for (Entry e : model.subList(Math.min(from, cursor), cursor)) {
                e.state = e.state == Lane.FLIGHT ? Lane.QUEUED : e.state == Lane.SKIPPED ? Lane.SKIP : e.state;
            }
            cursor = Math.min(cursor, from);
        }

        private void advance() {
            lane.advance();
            while (!model.isEmpty() && model.get(0).state == Lane.DONE) {
                Entry e = model.remove(0);
                floorEpoch = e.epoch;
                floorSeq = e.seq;
                cursor = Math.max(0, cursor - 1);
            }
        }

        /** The recipient tells a floor: it counts only where nothing older is unfinished. */
        private void raise() {
            long toSeq = seq + random.nextInt(3) - 1;
            lane.raiseFloor(epoch, toSeq);
            boolean isAbove = epoch > floorEpoch || (epoch == floorEpoch && toSeq > floorSeq);
            boolean isFree = model.isEmpty()
                    || model.get(0).epoch > epoch
                    || (model.get(0).epoch == epoch && model.get(0).seq > toSeq);
            if (isAbove && isFree) {
                floorEpoch = epoch;
                floorSeq = toSeq;
                seq = Math.max(seq, toSeq);
            }
        }

        void compare() {
            assertThat(lane.size()).isEqualTo(model.size());
            assertThat(lane.cursor).isEqualTo(cursor);
            assertThat(List.of(lane.floorEpoch, lane.floorSeq)).isEqualTo(List.of(floorEpoch, floorSeq));
            assertThat(lane.inFlight)
                    .isEqualTo((int) model.stream().filter(Entry::isFlying).count());
            for (int i = 0; i < model.size(); i++) {
                compare(i, model.get(i));
            }
            assertThat(lane.find(epoch, seq + 5)).isEqualTo(-1);
            assertThat(lane.finishedAboveFloor()).containsExactly(finished());
        }

        private void compare(int i, Entry e) {
            boolean isEqual = lane.epoch(i) == e.epoch
                    && lane.seq(i) == e.seq
                    && lane.state(i) == e.state
                    && lane.wasDelivered(i) == e.wasDelivered
                    && lane.isFailed(i) == e.isFailed
                    && lane.find(e.epoch, e.seq) == i;
            assertThat(isEqual).as("entry %s of %s", i, model.size()).isTrue();
        }

        private long[] finished() {
            return model.stream()
                    .filter(e -> e.state == Lane.DONE)
                    .flatMapToLong(e -> java.util.stream.LongStream.of(e.epoch, e.seq))
                    .toArray();
        }
    }

    @Test
    void P1_I10_I11_shouldBehaveAsAPlainList() {
        Long only = Long.getLong("relay.lane.seed");
        long walks = only != null ? 1 : OPERATIONS / OPERATIONS_OF_A_WALK;
        Set<Integer> seen = new java.util.HashSet<>();
        for (long seed = 0; seed < walks; seed++) {
            seen.addAll(walk(only != null ? only : seed));
        }
        assertThat(seen).as("every state of an entry was met").hasSize(6);
    }

    private static Set<Integer> walk(long seed) {
        Walk walk = new Walk(seed);
        Set<Integer> seen = new java.util.HashSet<>();
        for (int i = 0; i < OPERATIONS_OF_A_WALK; i++) {
            try {
                walk.step();
                walk.compare();
            } catch (AssertionError e) {
                throw new AssertionError("seed=" + seed + " operation=" + i + " " + e.getMessage(), e);
            }
            walk.model.forEach(entry -> seen.add(entry.state));
        }
        return seen;
    }
}
