package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.session.Connection;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import dev.relay.protocol.Limits;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gives each frame that comes to whom it is for. What breaks the protocol is answered BAD_FRAME and ends its connection. Core thread only; keeps nothing of its own. */
final class Incoming {
    private final Core core;
    private final Receipts receipts;
    private final Delivery delivery;
    private final Acceptance acceptance;
    private final Handshake handshake;
    private final ControlOps operations;
    private final Bindings bindings;

    Incoming(
            Core core,
            Receipts receipts,
            Delivery delivery,
            Acceptance acceptance,
            Handshake handshake,
            ControlOps operations) {
        this.core = core;
        this.receipts = receipts;
        this.delivery = delivery;
        this.acceptance = acceptance;
        this.handshake = handshake;
        this.operations = operations;
        this.bindings = new Bindings(core, receipts, delivery);
    }

    /** One whole frame at {@code at} of a little-endian buffer; what is kept is copied. */
    void onFrame(Connection connection, ByteBuffer b, int at) {
        Session session = core.sessions.get(connection);
        if (session == null) {
            return;
        }
        core.nowNs = core.clock.nanoTime();
        session.lastHeardNs = core.nowNs;
        session.isSuspect = false;
        session.isSilent = false;
        int type = Frames.type(b, at);
        if (!session.isOpen()) {
            onFirst(session, type, b, at);
        } else if (!FrameType.isKnown(type)) {
            core.count(Counter.UNKNOWN_FRAMES);
            core.error(session, ErrorCode.BAD_FRAME, "unknown frame type: type=" + type + ".", false, null);
        } else if (!Frames.isSized(b, at)) {
            bad(session, FrameType.nameOf(type) + " does not have the size of its type.");
        } else {
            onFrame(session, type, b, at);
        }
    }

    private void onFirst(Session session, int type, ByteBuffer b, int at) {
        if (type != FrameType.HELLO || !Frames.isSized(b, at)) {
            bad(session, "HELLO comes first, and within 64 KiB.");
            return;
        }
        Map<String, @Nullable Object> hello = json(session, b, at);
        if (hello != null) {
            handshake.onHello(session, hello);
        }
    }

    private void onFrame(Session session, int type, ByteBuffer b, int at) {
        switch (type) {
            case FrameType.SEND -> acceptance.onSend(session, b, at);
            case FrameType.ACK -> onAck(session, b, at);
            case FrameType.NACK -> onNack(session, b, at);
            case FrameType.CREDIT -> onCredit(session, b, at);
            case FrameType.PING -> {
                FrameWriter.pong(session.connection.reserve(Frames.PING_BYTES), Frames.pingTime(b, at));
                session.connection.commit();
            }
            case FrameType.PONG -> {}
            case FrameType.BIND, FrameType.KIND, FrameType.CONTROL, FrameType.GOODBYE ->
                onControl(session, type, b, at);
            default -> bad(session, FrameType.nameOf(type) + " is not for the daemon, or not now.");
        }
    }

    private void onControl(Session session, int type, ByteBuffer b, int at) {
        Map<String, @Nullable Object> json = json(session, b, at);
        if (json == null) {
            return;
        }
        switch (type) {
            case FrameType.BIND -> bindings.onBind(session, json);
            case FrameType.KIND -> bindings.onKind(session, json);
            case FrameType.CONTROL -> operations.onControl(session, json);
            default -> {
                session.saidGoodbye = true;
                receipts.flush();
                handshake.end(session, CloseReason.GOODBYE);
            }
        }
    }

    private @Nullable Map<String, @Nullable Object> json(Session session, ByteBuffer b, int at) {
        try {
            return Json.control(b, at);
        } catch (JsonException e) {
            bad(session, "bad JSON: " + e.getMessage() + ".");
            return null;
        }
    }

    private void bad(Session session, String message) {
        core.count(Counter.BAD_FRAMES);
        core.error(session, ErrorCode.BAD_FRAME, message, true, null);
        handshake.end(session, CloseReason.BAD_FRAME);
    }

    private @Nullable Lane laneOf(Session session, ByteBuffer b, int at) {
        Lane lane = session.lane(Frames.handle(b, at));
        if (lane == null && session.lanes.had(Frames.handle(b, at))) {
            core.count(Counter.FENCED_BY_GROUP);
            core.error(session, ErrorCode.NOT_OWNER, "the partition has moved.", false, (long) Frames.handle(b, at));
        } else if (lane == null) {
            core.error(session, ErrorCode.BAD_HANDLE, "unknown lane: lane=" + Frames.handle(b, at) + ".", false, null);
        }
        return lane;
    }

    private void onAck(Session session, ByteBuffer b, int at) {
        Lane lane = laneOf(session, b, at);
        if (lane != null) {
            delivery.acks.onAck(session, lane, Frames.epoch(b, at), Frames.seq(b, at), Frames.ackBits(b, at));
        }
    }

    private void onNack(Session session, ByteBuffer b, int at) {
        Lane lane = laneOf(session, b, at);
        if (lane != null) {
            byte[] error = new byte[(int) Frames.len(b, at) - Frames.NACK_BYTES];
            b.get(at + Frames.NACK_BYTES, error);
            delivery.retries.onNack(
                    lane,
                    Frames.epoch(b, at),
                    Frames.seq(b, at),
                    Frames.b6(b, at),
                    Frames.nackDelayMs(b, at) & 0xFFFF_FFFFL,
                    new String(error, StandardCharsets.UTF_8));
        }
    }

    private void onCredit(Session session, ByteBuffer b, int at) {
        int messages = Math.max(0, Frames.creditMessages(b, at));
        long bytes = Math.max(0, Frames.creditBytes(b, at));
        if (Frames.handle(b, at) == 0) {
            session.creditMessages = messages;
            session.creditBytes = bytes;
            session.owner().lanesCopy().forEach(lane -> lane.creditMessages = -1);
            session.hasCredit = true;
            delivery.acks.onFirstCredit(session);
            return;
        }
        Lane lane = laneOf(session, b, at);
        if (lane != null) {
            lane.creditMessages = messages;
            lane.creditBytes = bytes;
            delivery.pump.pump(lane);
        }
    }

    /** A frame above the limit: the first 64 bytes are at {@code at}; the transport reads past the rest unless the connection was closed. */
    void onOversized(Connection connection, ByteBuffer b, int at) {
        Session session = core.sessions.get(connection);
        if (session == null) {
            return;
        }
        if (session.isOpen() && Frames.type(b, at) == FrameType.SEND) {
            session.lastHeardNs = core.clock.nanoTime();
            acceptance.refuse(session, b, at, ErrorCode.TOO_LARGE);
        } else {
            bad(session, "frame too large: limitBytes=" + Limits.MAX_FRAME_BYTES + ".");
        }
    }

    /** A length below 8, or above what can be read past: answered and closed. */
    void onBroken(Connection connection) {
        Session session = core.sessions.get(connection);
        if (session != null) {
            bad(session, "bad frame length.");
        }
    }
}
