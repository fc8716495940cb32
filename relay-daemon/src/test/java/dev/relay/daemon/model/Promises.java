package dev.relay.daemon.model;

import static dev.relay.daemon.model.World.*;

/** The promises: called where the model handles a message, tells an outcome, recovers, or has come to rest. */
final class Promises {
    static final int OK_BY_DISK = 1;
    static final int OK_BY_ACK = 2;
    static final int REFUSED = 4;

    private final Scenario scenario;

    Promises(Scenario scenario) {
        this.scenario = scenario;
    }

    /** The handler of recipient {@code i} runs for {@code payload}; processes die only by a fault, so a bit here is this life's. */
    void handled(World w, int i, int payload, boolean redelivered) {
        int bit = 1 << payload;
        check((w.v[R_HANDLED_HERE_ + i] & bit) == 0, "handled twice by one recipient process: m", payload);
        check(w.v[R_HANDLED_HERE_ + i] < bit, "handled after a later message of its lane: m", payload);
        boolean isFirst = (w.v[R_HANDLED_EVER_ + i] & bit) == 0;
        check(!isFirst || w.v[R_HANDLED_EVER_ + i] < bit, "first delivery out of order: m", payload);
        check(isFirst || redelivered, "repeated without the redelivered flag: m", payload);
        check((w.v[TOLD_ + payload] & REFUSED) == 0, "told refused, then delivered: m", payload);
        w.v[R_HANDLED_HERE_ + i] |= bit;
        w.v[R_HANDLED_EVER_ + i] |= bit;
    }

    /** The caller of message {@code payload} learns an outcome. */
    void told(World w, int payload, int pos, int outcome) {
        w.v[TOLD_ + payload] |= outcome;
        if (outcome == REFUSED) {
            for (int i = 0; i < scenario.recipients(); i++) {
                check(!isHandled(w, i, payload), "delivered, then told refused: m", payload);
            }
            return;
        }
        check(
                !scenario.disk() || payload != 1 || w.v[DURABLE_MARK_] >= pos,
                "asked for disk, told ok undurable: m",
                payload);
        if (outcome == OK_BY_ACK) {
            for (int i = 0; i < scenario.recipients(); i++) {
                check(isHandled(w, i, payload), "told done, not handled: m", payload);
            }
            check(isForwardSafe(w, payload), "told done, what its handler sent is not safe: m", payload);
        }
    }

    void toldRefusedForCause(World w, int payload) {
        check(w.is(IS_REFUSED_ONCE), "refused although nothing was short: m", payload);
    }

    /** R6: every position up to the durable mark is exactly one of stored and finished, in every lane. */
    void recovered(World w, int stream) {
        int mark = w.v[DURABLE_MARK_ + stream];
        for (int lane = Scenario.firstLane(stream); lane < scenario.endLane(stream); lane++) {
            for (int seq = 1; seq <= Packet.seq(mark); seq++) {
                int pos = Packet.pos(Packet.epoch(mark), seq);
                boolean isStored = Packet.hasPos(w.q[DURABLE_QUEUE_ + lane], pos);
                boolean isFinished = pos <= w.v[DURABLE_FLOOR_ + lane];
                check(isStored || isFinished, "recovered position neither stored nor finished: seq ", seq);
                check(!isStored || !isFinished, "recovered position both stored and finished: seq ", seq);
            }
        }
    }

    /** Nothing is left to do but wait for faults: what was promised must have happened. */
    void atRest(World w) {
        for (int lane = 0; lane <= FORWARD; lane++) {
            check(!w.has(QUEUE_ + lane), "at rest with an unfinished message in lane ", lane);
        }
        check(!w.has(OUTBOX), "at rest with an unresolved message of epoch ", w.v[S_EPOCH]);
        check(!w.has(R_OUTBOX), "at rest with an unresolved forward of epoch ", w.v[R_EPOCH]);
        for (int payload = 1; payload <= scenario.messages(); payload++) {
            if ((w.v[TOLD_ + payload] & (OK_BY_DISK | OK_BY_ACK)) != 0) {
                arrived(w, payload);
            }
        }
    }

    private void arrived(World w, int payload) {
        for (int i = 0; i < scenario.recipients(); i++) {
            check(isHandled(w, i, payload), "lost: told ok, never handled: m", payload);
        }
        check(!scenario.forwards() || hasBit(w.v[T_HANDLED], payload), "lost: what the handler sent for m", payload);
    }

    private boolean isForwardSafe(World w, int payload) {
        return !scenario.forwards()
                || hasBit(w.v[T_HANDLED], payload)
                || Packet.hasPayload(w.q[DURABLE_QUEUE_ + FORWARD], payload);
    }

    private static boolean isHandled(World w, int i, int payload) {
        return hasBit(w.v[R_HANDLED_EVER_ + i], payload);
    }

    private static boolean hasBit(int mask, int payload) {
        return (mask & (1 << payload)) != 0;
    }

    private static void check(boolean holds, String promise, int number) {
        if (!holds) {
            throw new Violation(promise + number);
        }
    }
}
