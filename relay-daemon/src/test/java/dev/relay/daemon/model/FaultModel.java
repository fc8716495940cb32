package dev.relay.daemon.model;

import static dev.relay.daemon.model.World.*;

/** What can break between any two steps. A link carries any prefix of what was written to it and loses the rest. */
final class FaultModel {
    private final Scenario scenario;
    private final Mutant mutant;

    FaultModel(Scenario scenario, Mutant mutant) {
        this.scenario = scenario;
        this.mutant = mutant;
    }

    void steps(World w, StepSink out) {
        if (w.v[FAULTS] == 0) {
            return;
        }
        if (w.is(S_EPOCH)) {
            out.fault("CRASH of the sender", this::crashSender);
        }
        if (w.is(S_CONNECTED)) {
            out.fault("the sender's link BREAKS", FaultModel::breakSenderLink);
        }
        for (int r = 0; r < scenario.recipients(); r++) {
            int i = r;
            out.fault("CRASH of recipient " + i, s -> crashRecipient(s, i));
            if (w.is(R_CONNECTED_ + i)) {
                out.fault("the link of recipient " + i + " BREAKS", s -> breakRecipientLink(s, i));
            }
        }
        if (w.is(IS_UP)) {
            out.fault("CRASH of the daemon", this::crashDaemon);
            out.fault("POWER LOSS", this::losePower);
        }
    }

    /** What the dead process had written may still be read, even after its successor has connected. */
    private void crashSender(World w) {
        for (int packet : w.q[S_TO_D]) {
            w.push(LATE, packet);
        }
        breakSenderLink(w);
        if (scenario.replies()) {
            w.v[T_FLOOR] = 0;
        }
        w.v[LATE_EPOCH] = scenario.replies() ? w.v[S_EPOCH] : 0;
        w.v[S_EPOCH] = 0;
        w.v[S_NEXT] = 1;
        w.v[S_RESOLVED] = 0;
        w.q[OUTBOX] = Packet.NONE;
    }

    private static void breakSenderLink(World w) {
        w.v[S_CONNECTED] = 0;
        w.v[S_HOLD] = 0;
        w.v[TOLD_BY_DISK] = 0;
        w.v[TOLD_BY_ACK] = 0;
        w.v[SENT_TO_ + FORWARD] = 0;
        w.v[HELLO_ + FORWARD] = 0;
        w.q[S_TO_D] = Packet.NONE;
        w.q[D_TO_S] = Packet.NONE;
    }

    private void crashRecipient(World w, int i) {
        breakRecipientLink(w, i);
        w.v[R_FLOOR_ + i] = 0;
        w.v[R_PHASE_ + i] = 0;
        w.v[R_HANDLED_HERE_ + i] = 0;
        w.q[RUNNING_ + i] = Packet.NONE;
        if (i == 0) {
            w.v[R_EPOCH] = 0;
            w.v[R_NEXT] = 1;
            w.v[R_RESOLVED] = 0;
            w.q[R_OUTBOX] = Packet.NONE;
        }
    }

    private void breakRecipientLink(World w, int i) {
        w.v[R_CONNECTED_ + i] = 0;
        w.v[SENT_TO_ + i] = 0;
        w.v[HELLO_ + i] = 0;
        w.v[ACK_OK_ + i] = 0;
        w.q[R_TO_D_ + i] = Packet.NONE;
        w.q[D_TO_R_ + i] = Packet.NONE;
        if (i == 0) {
            w.v[FORWARD_TOLD] = 0;
        }
        if (mutant == Mutant.R5_INBOX_DIES_WITH_CONNECTION) {
            w.v[R_FLOOR_ + i] = 0;
            w.v[R_PHASE_ + i] = 0;
            w.q[RUNNING_ + i] = Packet.NONE;
        }
    }

    private void crashDaemon(World w) {
        breakSenderLink(w);
        for (int i = 0; i < scenario.recipients(); i++) {
            breakRecipientLink(w, i);
        }
        StoreModel.forgetBatch(w);
        w.clear(IS_UP, 1);
        w.clear(COUNTER_, MARK_ - COUNTER_);
        w.clear(MARK_, BATCH_MARK_ - MARK_);
        w.empty(QUEUE_, FORWARD + 1);
        w.q[LATE] = Packet.NONE;
    }

    /** All processes at once; the disk keeps what was committed (level L2). The third party's own store is elsewhere. */
    private void losePower(World w) {
        crashDaemon(w);
        crashSender(w);
        for (int i = 0; i < scenario.recipients(); i++) {
            crashRecipient(w, i);
        }
    }
}
