package dev.relay.daemon.model;

import static dev.relay.daemon.model.World.*;

import java.util.Arrays;

/** The store: one batch at a time is cut from memory as a whole, then committed or failed (R6, R8). */
final class StoreModel {
    private static final int NUMBERS = 5;
    private static final int LANES = 3;

    private final Mutant mutant;
    private final DaemonModel daemon;

    StoreModel(Mutant mutant, DaemonModel daemon) {
        this.mutant = mutant;
        this.daemon = daemon;
    }

    void steps(World w, StepSink out) {
        if (w.is(BATCH_PHASE)) {
            out.step("the store commits the batch", this::commit);
            if (w.v[COMMIT_FAILURES] > 0 && w.v[BATCH_PHASE] == 1) {
                out.step("the commit fails", this::fail);
            }
        } else if (isDirty(w)) {
            out.step("the daemon cuts a batch", StoreModel::cut);
        }
    }

    private static boolean isDirty(World w) {
        if (!Arrays.equals(w.v, MARK_, MARK_ + NUMBERS, w.v, DURABLE_MARK_, DURABLE_MARK_ + NUMBERS)) {
            return true;
        }
        for (int lane = 0; lane < LANES; lane++) {
            if (w.q[QUEUE_ + lane].length != w.q[DURABLE_QUEUE_ + lane].length) {
                return true;
            }
        }
        return false;
    }

    private static void cut(World w) {
        System.arraycopy(w.v, MARK_, w.v, BATCH_MARK_, NUMBERS);
        for (int lane = 0; lane < LANES; lane++) {
            w.q[BATCH_QUEUE_ + lane] = Packet.map(w.q[QUEUE_ + lane], Packet::stored);
        }
        w.v[BATCH_PHASE] = 1;
    }

    private void commit(World w) {
        boolean isFirst = w.v[BATCH_PHASE] == 1;
        switch (mutant) {
            case R6_FLOORS_COMMITTED_FIRST -> commit(w, !isFirst, isFirst, LANES, isFirst);
            case R6_FRAMES_COMMITTED_FIRST -> commit(w, isFirst, !isFirst, LANES, isFirst);
            case R6_TOPIC_LANES_APART -> commit(w, true, true, isFirst ? 1 : LANES, isFirst);
            default -> commit(w, true, true, LANES, false);
        }
    }

    private void commit(World w, boolean hasFrames, boolean hasFloors, int lanes, boolean isHalf) {
        if (hasFrames) {
            System.arraycopy(w.v, BATCH_MARK_, w.v, DURABLE_MARK_, 2);
            System.arraycopy(w.q, BATCH_QUEUE_, w.q, DURABLE_QUEUE_, lanes);
        }
        if (hasFloors) {
            System.arraycopy(w.v, BATCH_FLOOR_, w.v, DURABLE_FLOOR_, LANES);
        }
        if (isHalf) {
            w.v[BATCH_PHASE] = 2;
            return;
        }
        forgetBatch(w);
        daemon.settle(w);
    }

    static void forgetBatch(World w) {
        w.clear(BATCH_MARK_, NUMBERS);
        w.empty(BATCH_QUEUE_, LANES);
        w.v[BATCH_PHASE] = 0;
    }

    private void fail(World w) {
        w.v[COMMIT_FAILURES]--;
        forgetBatch(w);
        if (mutant == Mutant.R8_FAILED_COMMIT_REFUSES) {
            daemon.refuseAllNotDurable(w);
        }
    }
}
