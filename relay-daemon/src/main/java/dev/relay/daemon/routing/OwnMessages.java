package dev.relay.daemon.routing;

import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.Frames;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Messages of the daemon's own: what operators put back, copies for shadows, news for agents. Each life of the daemon sends under an epoch of its own, made of its boot number: a position
 * that was delivered and lost with a crash must never name another message. Core thread only; keeps nothing of its own.
 */
final class OwnMessages {
    /** The sender of what operators put back. No client can take this name. */
    static final String REDRIVER = "relay-redrive";

    /** Names under which only the daemon sends. */
    static final Set<String> NAMES = Set.of(REDRIVER, "relay-daemon", Copies.SENDER);

    private final Core core;
    private final Acceptance acceptance;
    private final Delivery delivery;
    private final Room room;

    OwnMessages(Core core, Acceptance acceptance, Delivery delivery, Room room) {
        this.core = core;
        this.acceptance = acceptance;
        this.delivery = delivery;
        this.room = room;
    }

    /** Puts a dead letter back: a new acceptance on the redrive stream to its recipient; id and payload stay. */
    long redrive(Agent recipient, ByteBuffer b) {
        core.count(Counter.REDRIVEN);
        return send(REDRIVER, recipient, b, Flags.RESENT);
    }

    /** Accepts a message; {@code own} is one of {@link #NAMES}. Its kind is the daemon's number. Returns its seq. */
    long send(String own, Agent recipient, ByteBuffer b, int flags) {
        Agent self = core.addAgent(recipient.namespace, own, -1);
        self.durableEpoch = Math.max(core.recovered.bootNo() << 32, self.durableEpoch);
        Stream stream = core.stream(self, recipient.name, LaneClass.MESSAGE);
        if (self.epoch != core.recovered.bootNo() << 32) {
            self.epoch = core.recovered.bootNo() << 32;
            core.saveAgent(self);
        }
        stream.resume(self.epoch, 0, core::receipted);
        self.durableEpoch = stream.epoch; // made of the boot number, which is durable
        MessageHeader.epoch(b, 0, stream.epoch);
        MessageHeader.seq(b, 0, stream.mark + 1);
        MessageHeader.ttlMs(b, 0, 0);
        MessageHeader.flags(b, 0, flags);
        Message m = acceptance.accept(self, stream, b, 0, MessageHeader.kind(b, 0));
        delivery.enqueue(core.lane(self, recipient, LaneClass.MESSAGE), m, false);
        acceptance.accepted(m);
        return m.seq;
    }

    /** Why it cannot be accepted now, or null. */
    @Nullable
    ErrorCode refusal(Agent recipient, ByteBuffer b) {
        if (core.isShuttingDown || core.storeState == BusSnapshot.StoreState.FAILED) {
            return ErrorCode.SHUTTING_DOWN;
        }
        if (core.storeState == BusSnapshot.StoreState.FULL) {
            return ErrorCode.STORAGE_FULL;
        }
        return room.isFull(recipient, Frames.len(b, 0)) ? ErrorCode.MAILBOX_FULL : null;
    }
}
