package dev.relay.daemon.routing;

import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;

/** Two sessions of which one asks the other. */
record Dialogue(Heart heart, Peer asker, Peer responder) {
    static final int REPLIES = 2;

    static Dialogue in(Heart heart) {
        Dialogue dialogue = new Dialogue(heart, heart.join("asker"), heart.join("responder"));
        dialogue.asker.credit(10);
        dialogue.responder.credit(10);
        dialogue.asker.bind(1, "responder");
        dialogue.responder.bind(REPLIES, "agent", "asker", "reply");
        return dialogue;
    }

    /** Returns the request as its handler has it. */
    Got ask(long seq) {
        asker.send(1, seq, Flags.REQUEST, "question");
        heart.turn();
        return responder.one(FrameType.DELIVER);
    }

    void reply(Got request, long seq) {
        responder.reply(REPLIES, request, seq, 0);
    }
}
