package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Failure;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.RetrySchedule;
import dev.relay.daemon.store.Recovered;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import dev.relay.protocol.MessageHeader;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of failed messages: the next attempt by the schedule of I15, or death. A retry waits for the commit of its record (I16), a death for the commit
 * of its dead letter; both block their own lane only. Core thread only; failures live in their lanes, one per failed message.
 */
final class Retries {
    private final Core core;
    private final Delivery delivery;
    private final Receipts receipts;
    private final DeadLetters deadLetters;

    Retries(Core core, Delivery delivery, Receipts receipts, DeadLetters deadLetters) {
        this.core = core;
        this.delivery = delivery;
        this.receipts = receipts;
        this.deadLetters = deadLetters;
    }

    void onNack(Lane lane, long epoch, long seq, int nackClass, long delayMs, String error) {
        int i = lane.find(epoch, seq);
        if (i < 0 || lane.state(i) != Lane.FLIGHT) {
            core.count(Counter.STALE_NACKS);
            return;
        }
        core.count(Counter.NACKED);
        core.trace.note(Trace.Event.NACKED, lane.message(i), lane.id, nackClass);
        core.count(Counter.REWINDS);
        boolean wasGuarded = delivery.poison.onSurvived(lane);
        Failure f = failed(lane, i);
        if (f.failures++ == 0) {
            f.firstFailureNs =
                    lane.retryClockNs(core.clock.nanoTime()); // that an agent died with it before is no failure (I15)
        }
        f.error = error;
        lane.recipient.actor().meter.failed();
        lane.rewindTo(i);
        if (nackClass == Frames.NACK_REFUSED) {
            delivery.breakers.onSuccess(lane); // the handler ran and decided
            kill(lane, i, DeadLetterReason.REFUSED_BY_HANDLER);
        } else if (nackClass == Frames.NACK_NO_HANDLER) {
            kill(lane, i, DeadLetterReason.NO_HANDLER);
        } else {
            delivery.breakers.onFailure(lane, epoch, seq);
            retry(lane, i, f, delayMs);
        }
        if (delivery.breakers.mayGoOn(lane.recipient) || wasGuarded) {
            delivery.pump.pumpAll(lane.recipient.actor());
        }
    }

    Failure failed(Lane lane, int i) {
        Failure f = lane.failure(lane.epoch(i), lane.seq(i));
        if (f == null) {
            f = new Failure(lane.epoch(i), lane.seq(i));
            f.firstFailureNs = lane.retryClockNs(core.clock.nanoTime());
            f.dueNs = f.firstFailureNs;
            f.firstAtMs = core.clock.wallMs();
            lane.failures.add(f);
            lane.markFailed(i);
        }
        return f;
    }

    private void retry(Lane lane, int i, Failure f, long delayMs) {
        long elapsedMs = TimeUnit.NANOSECONDS.toMillis(lane.retryClockNs(core.clock.nanoTime()) - f.firstFailureNs);
        long offsetMs = RetrySchedule.nextOffsetMs(f.failures, elapsedMs, delayMs);
        if (offsetMs == RetrySchedule.DEAD) {
            kill(lane, i, DeadLetterReason.MAX_ATTEMPTS);
            return;
        }
        f.diesWhenDue = RetrySchedule.isPastBudget(offsetMs);
        f.dueNs = f.firstFailureNs + TimeUnit.MILLISECONDS.toNanos(f.diesWhenDue ? Limits.RETRY_BUDGET_MS : offsetMs);
        record(lane, f);
        delivery.pump.pump(lane);
    }

    void record(Lane lane, Failure f) {
        f.batchNo = core.next.no;
        long dueOffsetMs = TimeUnit.NANOSECONDS.toMillis(f.dueNs - f.firstFailureNs);
        core.next.attempts.add(new Recovered.AttemptRow(
                lane.id, f.epoch, f.seq, f.failures, f.crashes, dueOffsetMs, f.firstAtMs, f.error));
    }

    /** The message dies here: its dead letter goes into the next batch; SKIP and RESULT follow the commit. */
    void kill(Lane lane, int i, DeadLetterReason reason) {
        Message m = lane.message(i);
        lane.leave(i, Lane.DYING);
        Failure f = lane.failure(m.epoch, m.seq);
        if (lane.isLive(i)) {
            note(lane, m, f, reason, 0); // its sender's RESULT speaks for the durable recipients only
        } else {
            bury(lane, m, f, reason);
        }
        delivery.revival.onOver(lane, m.epoch, m.seq, true);
        Acks.forget(lane, i);
    }

    /** Its dead letter goes into the next batch, wherever the message is. What is forbidden dies of that, so that only an operator puts it back. */
    void bury(Lane lane, Message m, @Nullable Failure f, DeadLetterReason cause) {
        DeadLetterReason reason = m.isForbidden ? DeadLetterReason.FORBIDDEN : cause;
        m.permit();
        m.deadReason = reason.number();
        m.attempts = attempts(f);
        note(lane, m, f, reason, lane.stream.id);
    }

    private static int attempts(@Nullable Failure f) {
        return f == null ? 0 : f.failures + f.crashes;
    }

    /** {@code stream}: whose position this is the fate of, 0 for none. */
    private void note(Lane lane, Message m, @Nullable Failure f, DeadLetterReason reason, int stream) {
        String kind = core.kindNames.get(MessageHeader.kind(m.frame, 0));
        deadLetters.add(core.next, lane, stream, m, reason, attempts(f), f, kind);
        core.count(Counter.DEAD_LETTERED);
        core.trace.note(Trace.Event.DEAD, m, lane.id, reason.number());
        core.dead[reason.number()]++;
        core.deadLetterCount++;
        lane.recipient.dead++;
    }

    /** A dead letter is committed: the position is skipped, the sender is told. */
    void onDeadCommitted(Lane lane, long epoch, long seq) {
        if (delivery.expiry.onDeadCommitted(lane, epoch, seq)) {
            return;
        }
        int i = lane.find(epoch, seq);
        if (i < 0 || lane.state(i) != Lane.DYING) {
            throw new IllegalStateException("dead letter without entry: lane=" + lane.id + " seq=" + seq);
        }
        boolean live = lane.isLive(i);
        Message m = lane.message(i);
        lane.takeMessage(i);
        lane.queuedBytes -= m.length;
        lane.state(i, lane.isAcked(epoch, seq) ? Lane.DONE : Lane.SKIP);
        if (!live) {
            delivery.acks.finishDurable(lane, m);
            receipts.onDead(m, m.deadReason, m.attempts);
        }
        core.pool.release(m);
        lane.advance();
        core.dirty(lane);
        delivery.pump.pump(lane);
    }
}
