package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;

/**
 * What the access lists of this life of the daemon say to a message.
 *
 * <p>An earlier life, under other lists, may have accepted and delivered what is RESENT, and lost its mark in a crash. Refused now, its seq would be used again for another message, which the recipient
 * would take for the one that it has handled. So it is taken under its number and marked: nobody is given it, and when its recipient, who then has said what it finished, would be, it dies as
 * FORBIDDEN. Only epochs of an earlier life can be in that position; what this one admitted is refused. Core thread only; keeps nothing of its own.
 */
final class Rights {
    private final Core core;

    Rights(Core core) {
        this.core = core;
    }

    /** Whether the sender may not send this to the target of a direct stream: by the access lists, or because commands are for operators to give. */
    boolean isForbidden(Session session, Stream stream, int kind) {
        return stream.isForbidden || (core.isCommand(kind) && !session.isOperator);
    }

    boolean isForbidden(Stream stream, String topic) {
        return !core.access.mayPublish(stream.sender.namespace, stream.sender.name, topic);
    }

    /** Whether what is forbidden can be refused; counts it if so. */
    boolean mayRefuse(ByteBuffer b, int at) {
        boolean isNew = !Acceptance.isResent(b, at) || MessageHeader.epoch(b, at) >>> 32 >= core.recovered.bootNo();
        if (isNew) {
            core.count(Counter.UNAUTHORIZED);
        }
        return isNew;
    }
}
