package dev.relay.daemon.model;

import static dev.relay.daemon.model.World.*;

/** The daemon: epochs, acceptance, delivery, acks, receipts and recovery. */
final class DaemonModel {
    private static final int LANES = 3;

    private final Scenario scenario;
    private final Mutant mutant;
    private final Promises promises;

    DaemonModel(Scenario scenario, Mutant mutant, Promises promises) {
        this.scenario = scenario;
        this.mutant = mutant;
        this.promises = promises;
    }

    void steps(World w, StepSink out) {
        if (!w.is(IS_UP)) {
            out.step("the daemon starts and recovers", this::recover);
            return;
        }
        if (w.has(S_TO_D)) {
            out.step("the daemon reads a frame of the sender", this::readSender);
            if (canRefuse(w, w.q[S_TO_D][0])) {
                out.step("the daemon refuses a frame for want of room", this::refuse);
            }
        }
        if (w.has(LATE)) {
            out.step("the daemon reads a late frame of the dead sender process", this::readLate);
        }
        for (int i = 0; i < scenario.recipients(); i++) {
            int lane = i;
            if (nextDelivery(w, lane) >= 0) {
                out.step("the daemon delivers to recipient " + i, s -> deliver(s, lane));
            }
            if (w.has(R_TO_D_ + i)) {
                out.step("the daemon reads a frame of recipient " + i, s -> readRecipient(s, lane));
            }
        }
        if (scenario.replies() && nextDelivery(w, FORWARD) >= 0) {
            out.step("the daemon delivers the reply", s -> deliver(s, FORWARD));
        }
        if (w.has(QUEUE_ + FORWARD) && !scenario.replies()) {
            out.step("the third party handles and acks", this::thirdPartyHandles);
        }
    }

    // Epochs and resume (R1, R3)

    int grantEpoch(World w, int stream) {
        int newest = w.v[NEWEST_ + stream];
        if (mutant == Mutant.R1_EPOCH_KEPT_BY_NEW_PROCESS && newest > 0) {
            return newest;
        }
        int counter = ++w.v[COUNTER_ + stream];
        return mutant == Mutant.R1_EPOCH_WITHOUT_BOOT_NO ? counter : w.v[BOOT] * 4 + counter;
    }

    /** The mark becomes the highest of the durable one and what the sender says is resolved; the gap between is finished. */
    void resumeStream(World w, int stream, int resolvedTo) {
        w.raise(NEWEST_ + stream, Packet.epoch(resolvedTo));
        if (Packet.epoch(w.v[MARK_ + stream]) < Packet.epoch(resolvedTo)) {
            w.v[MARK_ + stream] = Packet.pos(Packet.epoch(resolvedTo), 0);
        }
        if (resolvedTo <= w.v[MARK_ + stream] || mutant == Mutant.R3_NO_RESOLVED_TO) {
            return;
        }
        w.v[MARK_ + stream] = resolvedTo;
        if (mutant == Mutant.R3_GAP_NOT_FINISHED) {
            return;
        }
        for (int lane = Scenario.firstLane(stream); lane < scenario.endLane(stream); lane++) {
            finish(w, lane, resolvedTo);
        }
    }

    void senderConnected(World w, int resolvedTo) {
        resumeStream(w, 0, resolvedTo);
        w.v[TOLD_BY_DISK] = resolvedTo;
        w.v[TOLD_BY_ACK] = resolvedTo;
        if (scenario.replies()) {
            w.v[HELLO_ + FORWARD] = w.v[T_FLOOR];
        }
        settle(w);
    }

    /** The floor in HELLO only keeps messages from being delivered again; to finish them takes the repeated ACK. */
    void recipientConnected(World w, int lane, int floor) {
        w.v[HELLO_ + lane] = floor;
        if (mutant == Mutant.R7C_HELLO_FLOOR_IS_ACK) {
            finish(w, lane, floor);
        }
        settle(w);
    }

    // Acceptance (R2)

    private void accept(World w, int stream, int frame) {
        int mark = w.v[MARK_ + stream];
        int pos = Packet.pos(frame);
        boolean isNext = mutant == Mutant.R2_RING_INSTEAD_OF_MARK ? pos != mark : pos == mark + 1;
        if (isNext) {
            w.raise(MARK_ + stream, pos);
            for (int lane = Scenario.firstLane(stream); lane < scenario.endLane(stream); lane++) {
                enqueue(w, lane, frame);
            }
        } else if (pos > mark && stream == 0 && w.is(S_CONNECTED)) {
            w.push(D_TO_S, Packet.of(Packet.REFUSED, pos));
        }
        settle(w);
    }

    private void readSender(World w) {
        int frame = w.pop(S_TO_D);
        if (Packet.kind(frame) == Packet.SEND) {
            accept(w, 0, frame);
        } else {
            finish(w, FORWARD, Packet.id(frame));
            settle(w);
        }
    }

    private void enqueue(World w, int lane, int frame) {
        boolean hasOwnNumbers = mutant == Mutant.R4_IDENTITY_IS_DAEMON_NUMBER;
        int id = hasOwnNumbers ? ++w.v[NUMBER_ + lane] : Packet.pos(frame);
        if (id <= w.v[FLOOR_ + lane]) {
            return;
        }
        int item = Packet.of(0, Packet.payload(frame), Packet.pos(frame), id);
        boolean isFlagged = Packet.isRepeat(frame) && mutant != Mutant.R9_RESENT_NOT_FLAGGED;
        w.push(QUEUE_ + lane, isFlagged ? Packet.repeat(item) : item);
    }

    private boolean canRefuse(World w, int frame) {
        boolean isRefusable = !Packet.isRepeat(frame) || mutant == Mutant.R2_RESENT_MAY_BE_REFUSED;
        return w.v[REFUSALS] > 0
                && Packet.kind(frame) == Packet.SEND
                && isRefusable
                && Packet.pos(frame) == w.v[MARK_] + 1;
    }

    private void refuse(World w) {
        int pos = Packet.pos(w.pop(S_TO_D));
        w.v[REFUSALS]--;
        w.v[IS_REFUSED_ONCE] = 1;
        w.push(D_TO_S, Packet.of(Packet.REFUSED, pos));
        if (mutant == Mutant.R2_MARK_MOVES_ON_REFUSAL) {
            w.v[MARK_] = pos;
        }
    }

    /** Until its successor has said HELLO these frames are as good as any; afterwards their epoch is stale. */
    private void readLate(World w) {
        int frame = w.pop(LATE);
        if (Packet.kind(frame) != Packet.SEND) {
            if (w.v[NEWEST_] == w.v[LATE_EPOCH]) {
                finish(w, FORWARD, Packet.id(frame));
                settle(w);
            }
            return;
        }
        if (Packet.epoch(Packet.pos(frame)) >= w.v[NEWEST_]) {
            accept(w, 0, frame);
        } else if (mutant == Mutant.R1_STALE_EPOCH_ACCEPTED) {
            acceptStale(w, frame);
        } else if (!Packet.isRepeat(frame) || mutant == Mutant.R1_STALE_RESENT_TOLD_REFUSED) {
            promises.told(w, Packet.payload(frame), Packet.pos(frame), Promises.REFUSED);
        }
    }

    /** The replaced process may be alive (a zombie) and hears the answer. */
    private void acceptStale(World w, int frame) {
        if (Packet.pos(frame) <= w.v[FLOOR_]) {
            promises.told(w, Packet.payload(frame), Packet.pos(frame), Promises.OK_BY_ACK);
        } else {
            enqueue(w, 0, frame);
        }
    }

    void refuseAllNotDurable(World w) {
        for (int packet : w.q[QUEUE_]) {
            if (Packet.pos(packet) > w.v[DURABLE_MARK_] && w.is(S_CONNECTED)) {
                w.v[IS_REFUSED_ONCE] = 1;
                w.push(D_TO_S, Packet.of(Packet.REFUSED, Packet.pos(packet)));
            }
        }
        w.q[QUEUE_] = Packet.filter(w.q[QUEUE_], p -> Packet.pos(p) <= w.v[DURABLE_MARK_]);
    }

    // Delivery and acks (R4, R5, R9)

    private int nextDelivery(World w, int lane) {
        if (lane == FORWARD ? w.is(S_CONNECTED) : w.is(R_CONNECTED_ + lane)) {
            int after = Math.max(w.v[SENT_TO_ + lane], w.v[HELLO_ + lane]);
            for (int k = 0; k < w.q[QUEUE_ + lane].length; k++) {
                if (Packet.id(w.q[QUEUE_ + lane][k]) > after) {
                    return k;
                }
            }
        }
        return -1;
    }

    private void deliver(World w, int lane) {
        int k = nextDelivery(w, lane);
        int[] queue = w.q[QUEUE_ + lane].clone();
        int item = queue[k];
        queue[k] = Packet.written(item);
        w.q[QUEUE_ + lane] = queue;
        w.v[SENT_TO_ + lane] = Packet.id(item);
        boolean isAgain = Packet.isWritten(item) && mutant != Mutant.R9_REWRITTEN_NOT_FLAGGED;
        int frame = Packet.of(Packet.DELIVER, Packet.payload(item), Packet.pos(item), Packet.id(item));
        w.push(
                lane == FORWARD ? D_TO_S : D_TO_R_ + lane,
                Packet.isRepeat(item) || isAgain ? Packet.repeat(frame) : frame);
    }

    private void readRecipient(World w, int lane) {
        int frame = w.pop(R_TO_D_ + lane);
        if (Packet.kind(frame) == Packet.SEND) {
            accept(w, 1, frame);
        } else {
            finish(w, lane, Packet.id(frame));
            settle(w);
        }
    }

    private static void finish(World w, int lane, int floor) {
        w.raise(FLOOR_ + lane, floor);
        w.q[QUEUE_ + lane] = Packet.filter(w.q[QUEUE_ + lane], p -> Packet.id(p) > floor);
    }

    private void thirdPartyHandles(World w) {
        int item = w.q[QUEUE_ + FORWARD][0];
        w.v[T_HANDLED] |= 1 << Packet.payload(item);
        w.v[T_FLOOR] = Packet.pos(item);
        finish(w, FORWARD, Packet.pos(item));
        settle(w);
    }

    // Receipts (R7) and ACK_OK

    /** Sends every answer that has become true. */
    void settle(World w) {
        for (int lane = 0; scenario.deliversAtOnce() && lane < scenario.recipients(); lane++) {
            while (nextDelivery(w, lane) >= 0) {
                deliver(w, lane);
            }
        }
        while (scenario.deliversAtOnce() && scenario.replies() && nextDelivery(w, FORWARD) >= 0) {
            deliver(w, FORWARD);
        }
        if (w.is(S_CONNECTED)) {
            settleSender(w);
        }
        if (scenario.forwards() && w.is(R_CONNECTED_)) {
            settleForwarder(w);
        }
        for (int lane = 0; lane < scenario.recipients(); lane++) {
            int floor = mutant == Mutant.R5_ACK_OK_BEFORE_COMMIT ? w.v[FLOOR_ + lane] : w.v[DURABLE_FLOOR_ + lane];
            if (scenario.hasAckOk() && w.is(R_CONNECTED_ + lane) && floor > w.v[ACK_OK_ + lane]) {
                w.v[ACK_OK_ + lane] = floor;
                w.push(D_TO_R_ + lane, Packet.of(Packet.ACK_OK, floor));
            }
        }
    }

    private void settleSender(World w) {
        int byAck = doneUpTo(w);
        boolean isNews = byAck > (scenario.forwards() && !scenario.replies() ? w.v[TOLD_BY_ACK] : toldUpTo(w));
        if (isNews) {
            w.v[TOLD_BY_ACK] = byAck;
            w.push(D_TO_S, Packet.of(Packet.SENT_BY_ACK, byAck));
        }
        int byDisk = Math.min(w.v[MARK_], w.v[DURABLE_MARK_]);
        if (byDisk > toldUpTo(w)) {
            w.v[TOLD_BY_DISK] = byDisk;
            w.push(D_TO_S, Packet.of(Packet.SENT_BY_DISK, byDisk));
        }
    }

    private static int toldUpTo(World w) {
        return Math.max(w.v[TOLD_BY_DISK], w.v[TOLD_BY_ACK]);
    }

    private int doneUpTo(World w) {
        int told = w.v[TOLD_BY_ACK];
        if (!areForwardsSafe(w)) {
            return told;
        }
        int pos = told;
        while (pos < w.v[MARK_] && isFinished(w, pos + 1) && mayTellByAck(w, pos + 1)) {
            pos++;
        }
        return pos;
    }

    private boolean isFinished(World w, int pos) {
        int open = 0;
        for (int lane = 0; lane < scenario.recipients(); lane++) {
            open += Packet.hasPos(w.q[QUEUE_ + lane], pos) ? 1 : 0;
        }
        return mutant == Mutant.R7A_ANY_RECIPIENT ? open < scenario.recipients() : open == 0;
    }

    private boolean mayTellByAck(World w, int pos) {
        boolean asksDisk = scenario.disk() && Packet.seq(pos) == 1 && mutant != Mutant.R7B_DISK_IGNORED;
        return !asksDisk || w.v[DURABLE_MARK_] >= pos;
    }

    /** R7c, read generously: all that came from the forwarder's session and is not finished must be durable. */
    private boolean areForwardsSafe(World w) {
        int[] open = w.q[QUEUE_ + FORWARD];
        return open.length == 0
                || Packet.pos(open[open.length - 1]) <= w.v[DURABLE_MARK_ + 1]
                || mutant == Mutant.R7C_FORWARD_IGNORED
                || mutant == Mutant.R7C_CIRCLE_WITHOUT_ACK;
    }

    private static void settleForwarder(World w) {
        int safe = Math.max(w.v[FLOOR_ + FORWARD], w.v[DURABLE_MARK_ + 1]);
        if (safe > w.v[FORWARD_TOLD] && Packet.epoch(safe) == w.v[R_EPOCH]) {
            w.v[FORWARD_TOLD] = safe;
            w.push(D_TO_R_, Packet.of(Packet.SENT_BY_DISK, safe));
        }
    }

    // Recovery (R6, R9)

    private void recover(World w) {
        boolean hasOwnNumbers = mutant == Mutant.R4_IDENTITY_IS_DAEMON_NUMBER;
        w.v[IS_UP] = 1;
        w.v[BOOT]++;
        for (int stream = 0; stream < 2; stream++) {
            w.v[MARK_ + stream] = w.v[DURABLE_MARK_ + stream];
            w.v[NEWEST_ + stream] = Packet.epoch(w.v[MARK_ + stream]);
            if (mutant == Mutant.R1_EPOCH_WITHOUT_BOOT_NO) {
                w.v[COUNTER_ + stream] = w.v[NEWEST_ + stream];
            }
            if (!hasOwnNumbers) {
                promises.recovered(w, stream);
            }
        }
        for (int lane = 0; lane < LANES; lane++) {
            w.v[FLOOR_ + lane] = hasOwnNumbers ? 0 : w.v[DURABLE_FLOOR_ + lane];
            w.q[QUEUE_ + lane] = recovered(w, lane);
        }
        if (!scenario.replies()) {
            finish(w, FORWARD, w.v[T_FLOOR]);
        }
    }

    private int[] recovered(World w, int lane) {
        int[] stored = w.q[DURABLE_QUEUE_ + lane];
        if (mutant == Mutant.R4_IDENTITY_IS_DAEMON_NUMBER) {
            stored = Packet.map(stored, p -> Packet.of(0, Packet.payload(p), Packet.pos(p), ++w.v[NUMBER_ + lane]));
        }
        return mutant == Mutant.R9_RECOVERED_NOT_FLAGGED ? stored : Packet.map(stored, Packet::repeat);
    }
}
