package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * What the access lists of this life of the daemon say to a message.
 *
 * <p>An earlier life, under other lists, may have accepted and delivered what is RESENT, and lost its mark in a crash. Refused now, its seq would be used again for another message, which the recipient
 * would take for the one that it has handled. So it is taken under its number and marked: nobody is given it, and when its recipient, who then has said what it finished, would be, it dies as
 * FORBIDDEN. Only epochs of an earlier life can be in that position; what this one admitted is refused. Dead letters that the lists forbid by now are for operators to put back. Core thread only; keeps
 * nothing of its own.
 */
final class Rights {
    private final Core core;

    Rights(Core core) {
        this.core = core;
    }

    /** Whether the sender may send to the target of this stream. What is published is judged by its topic, and who was asked may answer. */
    boolean maySend(Stream stream) {
        String namespace = stream.sender.namespace;
        return switch (stream.streamClass) {
            case LaneClass.TOPIC, LaneClass.REPLY -> true;
            case LaneClass.GROUP -> core.access.maySendToGroup(namespace, stream.sender.name, stream.target);
            default -> core.access.maySend(namespace, stream.sender.name, stream.target);
        };
    }

    /** Whether the sender may not send this to the target of a direct stream: by the access lists, or because commands are for operators to give. */
    boolean isForbidden(Session session, Stream stream, int kind) {
        return stream.isForbidden || (core.isCommand(kind) && !session.isOperator);
    }

    boolean isForbidden(Stream stream, String topic) {
        return !core.access.mayPublish(stream.sender.namespace, stream.sender.name, topic);
    }

    /** Whether only an operator may put this dead letter back: it died of the lists, or those of now forbid it. {@code row} has its frame. */
    boolean isForbidden(Lane lane, DeadLetterRow row) {
        if (row.reason() == DeadLetterReason.FORBIDDEN.number()) {
            return true;
        }
        if (lane.laneClass != LaneClass.TOPIC) {
            return !lane.sender.isTheDaemons && !maySend(lane.stream);
        }
        ByteBuffer frame = ByteBuffer.wrap(Objects.requireNonNull(row.frame())).order(ByteOrder.LITTLE_ENDIAN);
        String topic = HeaderBlock.text(frame, 0, HeaderKey.TOPIC);
        return topic != null && isForbidden(lane.stream, topic);
    }

    /** Whether what is forbidden can be refused. */
    boolean mayRefuse(ByteBuffer b, int at) {
        return !Acceptance.isResent(b, at) || MessageHeader.epoch(b, at) >>> 32 >= core.recovered.bootNo();
    }
}
