package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Shadow;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Json;
import dev.relay.protocol.Limits;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives shadows their copies: durable messages of {@value #SENDER} with the id, kind, header block and payload of the original and a SHADOW entry that says whose it was. A copy is accepted
 * in the same step as its original, so both are in one cut, and copies come in the order of the originals; that of what a group's member was given follows its delivery ({@link MemberCopies}). It
 * has a lane of its own; when there is no room for it, it is counted and left out, never the original. Core thread only; keeps nothing of its own.
 */
final class Copies {
    static final String SENDER = "relay-shadow";
    private static final int JSON_CONTENT = 1;
    private static final int ENTRY_BYTES = 4;

    private final Core core;
    private final OwnMessages ownMessages;

    Copies(Core core, OwnMessages ownMessages) {
        this.core = core;
        this.ownMessages = ownMessages;
    }

    /** An accepted message of a shadowed agent, once: to those who see what it sends. */
    void outgoing(Stream stream, Message m) {
        List<Shadow> shadows = stream.sender.shadows;
        for (int i = 0; shadows != null && i < shadows.size(); i++) {
            give(shadows.get(i), false, stream.sender, stream, m);
        }
    }

    /** A message that was accepted for a shadowed agent, or given to it as the member of a group. */
    void incoming(Stream stream, Agent recipient, Message m) {
        List<Shadow> shadows = recipient.shadows;
        for (int i = 0; shadows != null && i < shadows.size(); i++) {
            give(shadows.get(i), true, recipient, stream, m);
        }
    }

    private void give(Shadow shadow, boolean isIncoming, Agent shadowed, Stream stream, Message m) {
        String kind = core.kindNames.get(MessageHeader.kind(m.frame, 0));
        if (stream.sender.name.equals(SENDER) || !shadow.wants(isIncoming, kind)) {
            return;
        }
        Map<String, Object> what = whose(isIncoming, shadowed, stream.sender.name, stream.target);
        what.put("class", LaneClass.nameOf(stream.streamClass));
        what.put("epoch", m.epoch);
        what.put("seq", m.seq);
        give(shadow, marked(m.frame, m.length, what), m.flags & Flags.RESENT);
    }

    private static Map<String, Object> whose(boolean isIncoming, Agent shadowed, String sender, String target) {
        Map<String, Object> what = new LinkedHashMap<>();
        what.put("agent", shadowed.name);
        what.put("direction", isIncoming ? "in" : "out");
        what.put("sender", sender);
        what.put("target", target);
        return what;
    }

    private static byte[] bytes(Map<String, ?> json) {
        return Json.write(json).getBytes(StandardCharsets.UTF_8);
    }

    /** The frame with a SHADOW entry; null when that is beyond the limits of a frame. */
    private static @Nullable ByteBuffer marked(ByteBuffer frame, int length, Map<String, Object> what) {
        byte[] entry = bytes(what);
        int added = ENTRY_BYTES + entry.length;
        int block = MessageHeader.block(frame, 0);
        if (block + added > Limits.MAX_HEADER_BLOCK_BYTES || length + added > Limits.MAX_FRAME_BYTES) {
            return null;
        }
        int payloadAt = MessageHeader.payloadAt(frame, 0);
        ByteBuffer out = ByteBuffer.allocate(length + added).order(ByteOrder.LITTLE_ENDIAN);
        out.put(0, frame, 0, payloadAt).position(payloadAt);
        out.putShort((short) HeaderKey.SHADOW).putShort((short) entry.length).put(entry);
        out.put(out.position(), frame, payloadAt, length - payloadAt);
        out.position(0);
        out.putInt(0, length + added).putShort(MessageHeader.BLOCK_AT, (short) (block + added));
        return out;
    }

    private void give(Shadow shadow, @Nullable ByteBuffer frame, int flags) {
        ErrorCode refusal = frame == null ? ErrorCode.TOO_LARGE : ownMessages.refusal(shadow.watcher, frame);
        if (frame == null || refusal != null || core.pool.liveBytes() + frame.capacity() > core.config.memoryBytes()) {
            shadow.refused++;
            core.count(Counter.SHADOW_REFUSED);
            return;
        }
        shadow.copied++;
        core.count(Counter.SHADOWED);
        ownMessages.send(SENDER, shadow.watcher, frame, flags);
    }

    /** A dead letter: those who see what its sender sends, or what its target gets, are told of it. */
    void died(DeadLetters.Dying dead) {
        DeadLetterRow row = dead.row();
        Map<String, Object> payload = DeadLetterCatalogue.described(row, dead.lane());
        tell(dead.lane().sender, false, row.sender(), row.target(), "relay.dead_letter", payload);
        tell(dead.lane().recipient.actor(), true, row.sender(), row.target(), "relay.dead_letter", payload);
    }

    /** Something about the agent itself has changed. */
    void changed(Agent agent, String kind, Map<String, ?> payload) {
        tell(agent, false, agent.name, "", kind, payload);
    }

    private void tell(
            Agent shadowed, boolean isIncoming, String sender, String target, String kind, Map<String, ?> payload) {
        List<Shadow> shadows = shadowed.shadows;
        for (int i = 0; shadows != null && i < shadows.size(); i++) {
            if (shadows.get(i).wants(isIncoming, kind) && !sender.equals(SENDER)) {
                Map<String, Object> what = whose(isIncoming, shadowed, sender, target);
                give(shadows.get(i), frame(kind, payload, what), 0);
            }
        }
    }

    private @Nullable ByteBuffer frame(String kind, Map<String, ?> payload, Map<String, Object> what) {
        byte[] body = bytes(payload);
        int length = FrameWriter.messageBytes(0, body.length);
        ByteBuffer b = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        byte[] none = {};
        FrameWriter.message(
                b,
                FrameType.SEND,
                0,
                0,
                JSON_CONTENT,
                0,
                core.kind(kind),
                0,
                0,
                0,
                0,
                0,
                0,
                none,
                ByteBuffer.wrap(body));
        return marked(b, length, what);
    }
}
