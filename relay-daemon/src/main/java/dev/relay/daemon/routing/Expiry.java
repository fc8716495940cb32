package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Failure;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.store.StoredFrame;
import dev.relay.protocol.DeadLetterReason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Notices what became too old for a recipient that is not served: away, paused, or without credit. Lanes that are served see to it themselves, when the message's turn comes.
 *
 * <p>Each lane keeps one number, the earliest deadline that may be in it; only lanes that have one are on the list, and one whose deadline has not come is passed over. Of a lane whose
 * deadline has come the ring is searched, and then, page by page, what lies in the store only; what is left gives the next deadline. What died in the store leaves its hole beside the lane and takes
 * its place in the ring when its neighbours are read back. While a lane's store is searched nothing of it is read back.
 *
 * <p>Bounded: {@value #STEPS_PER_TURN} lanes and messages per turn, one page under way in all. Every hole is remembered until its recipient has acked it, so with {@value #MOST_HOLES} of them
 * what expires stays in its mailbox, counted, which then refuses. Core thread only; with nothing due it allocates nothing.
 */
final class Expiry {
    static final int MOST_HOLES = 100_000;
    private static final int STEPS_PER_TURN = 1_000;
    private static final int STEPS_PER_PAGE = 50;
    private static final int ENTRIES_PER_STEP = 8;
    private static final int PAGE_BYTES = 1 << 20;
    private static final long NEVER_NS = 1L << 60;
    private static final long AFTER_START_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long HELD_NS = TimeUnit.SECONDS.toNanos(30);

    private final Core core;
    private final Delivery delivery;
    private final DeadLetters deadLetters;
    private final Receipts receipts;
    private final Results results;
    private final List<Lane> lanes = new ArrayList<>();
    private final Consumer<List<StoredFrame>> onPage = this::onPage;
    private int at;
    private int steps;
    /** Its store is being searched, from this position on. */
    private @Nullable Lane searched;

    private long epoch;
    private long seq;
    private boolean isPageWanted;
    /** Died in the store, their dead letters not yet committed. */
    private final ArrayDeque<Message> dying = new ArrayDeque<>();

    Expiry(Core core, Delivery delivery, DeadLetters deadLetters, Receipts receipts, Results results) {
        this.core = core;
        this.delivery = delivery;
        this.deadLetters = deadLetters;
        this.receipts = receipts;
        this.results = results;
    }

    /** Something in the lane is too old from this moment on. */
    void note(Lane lane, long expiresAtNs) {
        if (lane.earliestNs == 0) {
            lane.earliestNs = expiresAtNs;
            lanes.add(lane);
        } else if (expiresAtNs - lane.earliestNs < 0) {
            lane.earliestNs = expiresAtNs;
        }
    }

    /** After a restart nobody knows what the store has for this lane; those who come back at once read it themselves. */
    void noteUnknown(Lane lane) {
        note(lane, core.startedNs + AFTER_START_NS);
    }

    boolean hasNone() {
        return lanes.isEmpty();
    }

    void onTimer() {
        steps = STEPS_PER_TURN;
        if (isPageWanted) {
            readPage();
        }
        for (int n = lanes.size(); n > 0 && steps > 0 && searched == null && mayBury(); n--) {
            at = at + 1 < lanes.size() ? at + 1 : 0;
            steps--;
            visit(lanes.get(at));
        }
    }

    /** A full disk has room for what was promised, not for more. */
    private boolean mayBury() {
        return core.storeState == BusSnapshot.StoreState.READY && !core.isShuttingDown;
    }

    private void visit(Lane lane) {
        long now = core.clock.nanoTime();
        if (lane.queued() == 0) {
            leave(lane);
        } else if (now - lane.earliestNs >= 0 && isAside(lane) && !lane.isReading && lane.spilledUnsaved == 0) {
            lane.earliestNs = now + NEVER_NS;
            searchRing(lane, now);
            if (lane.spilled > 0) {
                searchStore(lane);
            } else {
                leaveIfDone(lane);
            }
        }
    }

    private boolean isAside(Lane lane) {
        return !lane.isHalted && !delivery.pump.isServed(lane);
    }

    private void leave(Lane lane) {
        Lane last = lanes.remove(lanes.size() - 1);
        if (last != lane) {
            lanes.set(at, last);
        }
        lane.earliestNs = 0;
    }

    private void leaveIfDone(Lane lane) {
        if (lane.earliestNs - core.clock.nanoTime() > NEVER_NS / 2) {
            leave(lane);
        }
    }

    private void searchRing(Lane lane, long now) {
        steps -= lane.size() / ENTRIES_PER_STEP;
        for (int i = 0; i < lane.size(); i++) {
            if (lane.state(i) == Lane.QUEUED && lane.message(i).expiresAtNs != 0) {
                long expiresAtNs = lane.message(i).expiresAtNs;
                if (mustWait(lane, expiresAtNs, now)) {
                    continue;
                }
                steps--;
                core.count(Counter.EXPIRED);
                core.count(Counter.EXPIRED_ABSENT);
                delivery.retries.kill(lane, i, DeadLetterReason.EXPIRED);
            }
        }
    }

    /** Not too old yet, or there is no room for one more hole, or enough was done in this turn: noted for later. */
    private boolean mustWait(Lane lane, long expiresAtNs, long now) {
        if (now - expiresAtNs < 0) {
            note(lane, expiresAtNs);
            return true;
        }
        if (deadLetters.owedSkips() >= MOST_HOLES) {
            core.count(Counter.EXPIRY_HELD);
            note(lane, now + HELD_NS);
            return true;
        }
        if (steps <= 0) {
            note(lane, now);
            return true;
        }
        return false;
    }

    // ---- what lies in the store only

    private void searchStore(Lane lane) {
        searched = lane;
        lane.isReading = true;
        epoch = lane.tailEpoch();
        seq = lane.tailSeq();
        readPage();
    }

    private void readPage() {
        Lane lane = searched;
        isPageWanted = lane != null && steps <= 0;
        if (lane != null && steps > 0) {
            core.store.readPage(lane.id, epoch, seq, Math.min(steps, STEPS_PER_TURN), PAGE_BYTES, onPage);
        }
    }

    private void onPage(List<StoredFrame> page) {
        Lane lane = searched;
        if (lane == null) {
            return;
        }
        steps -= Math.max(STEPS_PER_PAGE, page.size());
        if (!isAside(lane) || !mayBury()) {
            note(lane, core.clock.nanoTime());
            end(lane);
            return;
        }
        long now = core.clock.nanoTime();
        for (StoredFrame stored : page) {
            epoch = stored.epoch();
            seq = stored.seq();
            judge(lane, stored, now);
        }
        if (page.isEmpty()) {
            end(lane);
        } else if (dying.isEmpty()) {
            readPage();
        }
    }

    private void judge(Lane lane, StoredFrame stored, long now) {
        long expiresAtNs = delivery.spill.expiry(stored);
        if (expiresAtNs == 0 || !isInStoreOnly(lane) || mustWait(lane, expiresAtNs, now)) {
            return;
        }
        Message m = delivery.spill.restored(lane, stored);
        results.onReadBack(lane, m);
        Failure f = lane.failure(m.epoch, m.seq);
        core.count(Counter.EXPIRED);
        core.count(Counter.EXPIRED_ABSENT);
        core.count(Counter.EXPIRED_UNREAD);
        delivery.retries.bury(lane, m, f, DeadLetterReason.EXPIRED);
        lane.failures.remove(f);
        dying.add(m);
    }

    /** Neither in the ring, which may have grown since the search began, nor finished by a recipient that was here meanwhile. */
    private boolean isInStoreOnly(Lane lane) {
        return Lane.compare(epoch, seq, lane.tailEpoch(), lane.tailSeq()) > 0
                && !lane.isAcked(epoch, seq)
                && !lane.isAtOrBelowFloor(epoch, seq)
                && !lane.recoveredFinished.contains(new Lane.Position(epoch, seq));
    }

    /** The dead letter of what is in no ring is committed; false when it is none of these. */
    boolean onDeadCommitted(Lane lane, long deadEpoch, long deadSeq) {
        Message m = dying.peek();
        if (lane != searched || m == null || m.epoch != deadEpoch || m.seq != deadSeq) {
            return false;
        }
        dying.poll();
        lane.spilled--;
        lane.queuedBytes -= m.length;
        delivery.acks.finishDurable(lane, m);
        receipts.onDead(m, m.deadReason, m.attempts);
        core.pool.release(m);
        delivery.spill.leaveHole(lane, deadEpoch, deadSeq);
        delivery.announcements.pressure(lane);
        if (dying.isEmpty()) {
            readPage();
        }
        return true;
    }

    private void end(Lane lane) {
        searched = null;
        lane.isReading = false;
        leaveIfDone(lane);
        delivery.pump.pump(lane);
    }
}
