package dev.relay.daemon.model;

import static dev.relay.daemon.model.World.*;

/** The sender: its application's calls, its SDK's outbox in memory, seqs, answers and resume (R1, R2, R3). */
final class SenderModel {
    private final Scenario scenario;
    private final Mutant mutant;
    private final DaemonModel daemon;
    private final Promises promises;

    SenderModel(Scenario scenario, Mutant mutant, DaemonModel daemon, Promises promises) {
        this.scenario = scenario;
        this.mutant = mutant;
        this.daemon = daemon;
        this.promises = promises;
    }

    void steps(World w, StepSink out) {
        if (!w.is(S_CONNECTED)) {
            if (w.is(IS_UP)) {
                out.step("the sender connects and re-sends what is unresolved", this::connect);
            }
            return;
        }
        if (canSend(w)) {
            out.step("the sender sends the next message", this::send);
        }
        if (w.has(D_TO_S)) {
            out.step("the sender reads an answer", this::read);
        }
    }

    private boolean canSend(World w) {
        return w.v[APP_NEXT] <= scenario.messages() && w.v[S_HOLD] == 0;
    }

    private void connect(World w) {
        boolean isResume = w.is(S_EPOCH);
        if (!isResume) {
            w.v[S_EPOCH] = daemon.grantEpoch(w, 0);
        } else if (mutant == Mutant.R1_NEW_EPOCH_ON_RECONNECT) {
            renumber(w, daemon.grantEpoch(w, 0));
        }
        w.v[S_CONNECTED] = 1;
        if (isResume && mutant == Mutant.R3_NEW_BEFORE_UNRESOLVED && canSend(w)) {
            send(w);
        }
        resend(w);
        if (scenario.replies() && w.is(T_FLOOR)) {
            w.push(S_TO_D, Packet.of(Packet.ACK, w.v[T_FLOOR]));
        }
        daemon.senderConnected(w, Packet.pos(w.v[S_EPOCH], w.v[S_RESOLVED]));
    }

    private void renumber(World w, int epoch) {
        w.v[S_EPOCH] = epoch;
        w.v[S_RESOLVED] = 0;
        w.v[S_NEXT] = 1;
        w.q[OUTBOX] = Packet.map(w.q[OUTBOX], p -> frame(Packet.payload(p), Packet.pos(epoch, w.v[S_NEXT]++)));
    }

    private void resend(World w) {
        int[] unresolved = w.q[OUTBOX];
        boolean isReversed = mutant == Mutant.R3_RESENT_OUT_OF_ORDER;
        for (int k = 0; k < unresolved.length; k++) {
            int packet = unresolved[isReversed ? unresolved.length - 1 - k : k];
            if (w.q[S_TO_D].length == 0 || Packet.pos(w.q[S_TO_D][0]) != Packet.pos(packet)) {
                w.push(S_TO_D, Packet.repeat(packet));
            }
        }
    }

    private void send(World w) {
        int packet = frame(w.v[APP_NEXT]++, Packet.pos(w.v[S_EPOCH], w.v[S_NEXT]++));
        w.push(OUTBOX, packet);
        w.push(S_TO_D, packet);
    }

    private static int frame(int payload, int pos) {
        return Packet.of(Packet.SEND, payload, pos, pos);
    }

    private void read(World w) {
        int answer = w.pop(D_TO_S);
        switch (Packet.kind(answer)) {
            case Packet.SENT_BY_DISK ->
                sent(w, Packet.pos(answer), Promises.OK_BY_DISK, !scenario.forwards() || scenario.replies());
            case Packet.SENT_BY_ACK -> sent(w, Packet.pos(answer), Promises.OK_BY_ACK, true);
            case Packet.REFUSED -> refused(w, Packet.pos(answer));
            case Packet.DELIVER -> takeReply(w, answer);
            default -> throw new IllegalStateException("kind=" + Packet.kind(answer));
        }
    }

    /** On the reading thread: taken, and acked at once. A handler that ran again has answered again: nobody waits for the second reply. */
    private void takeReply(World w, int delivery) {
        if (Packet.id(delivery) > w.v[T_FLOOR]) {
            w.v[T_HANDLED] |= 1 << Packet.payload(delivery);
            w.v[T_FLOOR] = Packet.id(delivery);
        }
        w.push(S_TO_D, Packet.of(Packet.ACK, w.v[T_FLOOR]));
    }

    /** A message whose caller waits for its result stays unresolved until it is done, whatever the disk says. */
    private void sent(World w, int upTo, int outcome, boolean isResolved) {
        for (int packet : w.q[OUTBOX]) {
            if (Packet.pos(packet) <= upTo) {
                promises.told(w, Packet.payload(packet), Packet.pos(packet), outcome);
            }
        }
        if (isResolved) {
            w.q[OUTBOX] = Packet.filter(w.q[OUTBOX], p -> Packet.pos(p) > upTo);
            w.raise(S_RESOLVED, Packet.seq(upTo));
        }
    }

    /** The seq and all behind it are told refused; no seq is re-used before the last of their answers is in. */
    private void refused(World w, int pos) {
        int last = Packet.pos(w.v[S_EPOCH], w.v[S_NEXT] - 1);
        if (w.is(S_HOLD)) {
            w.v[S_HOLD] = pos >= w.v[S_HOLD] ? 0 : w.v[S_HOLD];
            return;
        }
        for (int packet : w.q[OUTBOX]) {
            if (Packet.pos(packet) >= pos) {
                promises.toldRefusedForCause(w, Packet.payload(packet));
                promises.told(w, Packet.payload(packet), Packet.pos(packet), Promises.REFUSED);
            }
        }
        w.q[OUTBOX] = Packet.filter(w.q[OUTBOX], p -> Packet.pos(p) < pos);
        w.v[S_NEXT] = Math.min(w.v[S_NEXT], Packet.seq(pos));
        w.v[S_HOLD] = last > pos && mutant != Mutant.R2_SEQ_REUSED_AT_ONCE ? last : 0;
    }
}
