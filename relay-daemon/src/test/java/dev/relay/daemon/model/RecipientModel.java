package dev.relay.daemon.model;

import static dev.relay.daemon.model.World.*;

/** A recipient: an inbox that outlives its connection, a handler, what the handler sends, the ACK (R4, R5, R7c). */
final class RecipientModel {
    private static final int HANDLED = 1;
    private static final int SENT = 2;
    private static final int ACKED_BEFORE_SENDING = 3;

    private final Scenario scenario;
    private final Mutant mutant;
    private final DaemonModel daemon;
    private final Promises promises;
    private final int i;

    RecipientModel(Scenario scenario, Mutant mutant, DaemonModel daemon, Promises promises, int index) {
        this.scenario = scenario;
        this.mutant = mutant;
        this.daemon = daemon;
        this.promises = promises;
        this.i = index;
    }

    void steps(World w, StepSink out) {
        if (!w.is(R_CONNECTED_ + i) && w.is(IS_UP)) {
            out.step("recipient " + i + " connects, re-sends and repeats its ACK", this::connect);
        }
        if (w.has(D_TO_R_ + i) && canRead(w)) {
            out.step("recipient " + i + " reads a frame (a delivery starts its handler)", this::read);
        }
        switch (w.v[R_PHASE_ + i]) {
            case HANDLED -> {
                if (scenario.forwards() && mutant != Mutant.R7C_ACK_BEFORE_SENDS) {
                    out.step("the handler sends to the third party", s -> forward(s, SENT));
                } else {
                    out.step("recipient " + i + " acks", this::ack);
                }
            }
            case SENT -> out.step("recipient " + i + " acks", this::ack);
            case ACKED_BEFORE_SENDING -> out.step("the handler's send is written after its ACK", s -> forward(s, 0));
            default -> {}
        }
    }

    private boolean canRead(World w) {
        int head = w.q[D_TO_R_ + i][0];
        return Packet.kind(head) != Packet.DELIVER || w.v[R_PHASE_ + i] == 0 || isKnown(w, head);
    }

    private boolean isKnown(World w, int delivery) {
        return Packet.id(delivery) <= w.v[R_FLOOR_ + i]
                || (w.has(RUNNING_ + i) && Packet.id(w.q[RUNNING_ + i][0]) == Packet.id(delivery));
    }

    private void connect(World w) {
        w.v[R_CONNECTED_ + i] = 1;
        if (mutant == Mutant.R4_FLOOR_CLAMPED) {
            w.v[R_FLOOR_ + i] = Math.min(w.v[R_FLOOR_ + i], w.v[FLOOR_ + i]);
        }
        if (scenario.forwards()) {
            resume(w);
        }
        if (w.is(R_FLOOR_ + i) && mutant != Mutant.R5_ACK_NOT_REPEATED) {
            w.push(R_TO_D_ + i, Packet.of(Packet.ACK, w.v[R_FLOOR_ + i]));
        }
        daemon.recipientConnected(w, i, w.v[R_FLOOR_ + i]);
    }

    private void resume(World w) {
        if (!w.is(R_EPOCH)) {
            w.v[R_EPOCH] = daemon.grantEpoch(w, 1);
        }
        daemon.resumeStream(w, 1, Packet.pos(w.v[R_EPOCH], w.v[R_RESOLVED]));
        w.q[R_TO_D_] = Packet.map(w.q[R_OUTBOX], Packet::repeat);
    }

    private void read(World w) {
        int frame = w.pop(D_TO_R_ + i);
        switch (Packet.kind(frame)) {
            case Packet.DELIVER -> start(w, frame);
            case Packet.ACK_OK -> forget(w, Packet.pos(frame));
            case Packet.SENT_BY_DISK -> resolve(w, Packet.pos(frame));
            default -> throw new IllegalStateException("kind=" + Packet.kind(frame));
        }
    }

    private void start(World w, int delivery) {
        if (isKnown(w, delivery)) {
            return;
        }
        promises.handled(w, i, Packet.payload(delivery), Packet.isRepeat(delivery));
        w.q[RUNNING_ + i] = new int[] {delivery};
        w.v[R_PHASE_ + i] = HANDLED;
    }

    /** After ACK_OK the inbox need not remember: the daemon's floor is durable. */
    private void forget(World w, int durableFloor) {
        if (w.v[R_FLOOR_ + i] <= durableFloor) {
            w.v[R_FLOOR_ + i] = 0;
        }
    }

    private void resolve(World w, int upTo) {
        w.q[R_OUTBOX] = Packet.filter(w.q[R_OUTBOX], p -> Packet.pos(p) > upTo);
        w.raise(R_RESOLVED, Packet.seq(upTo));
    }

    private void forward(World w, int nextPhase) {
        int pos = Packet.pos(w.v[R_EPOCH], w.v[R_NEXT]++);
        int packet = Packet.of(Packet.SEND, Packet.payload(w.q[RUNNING_ + i][0]), pos, pos);
        w.push(R_OUTBOX, packet);
        if (w.is(R_CONNECTED_ + i)) {
            w.push(R_TO_D_ + i, packet);
        }
        w.v[R_PHASE_ + i] = nextPhase;
        if (nextPhase == 0) {
            w.q[RUNNING_ + i] = Packet.NONE;
        }
    }

    private void ack(World w) {
        int id = Packet.id(w.q[RUNNING_ + i][0]);
        w.v[R_FLOOR_ + i] = id;
        if (w.is(R_CONNECTED_ + i)) {
            w.push(R_TO_D_ + i, Packet.of(Packet.ACK, id));
        }
        if (mutant == Mutant.R7C_ACK_BEFORE_SENDS && scenario.forwards()) {
            w.v[R_PHASE_ + i] = ACKED_BEFORE_SENDING;
            return;
        }
        w.v[R_PHASE_ + i] = 0;
        w.q[RUNNING_ + i] = Packet.NONE;
    }
}
