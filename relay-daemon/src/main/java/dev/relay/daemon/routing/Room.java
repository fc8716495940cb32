package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.session.Agent;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Frames;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Whether a recipient has room for a message (I25). For what is RESENT there always is, see {@link Acceptance}. Core thread only; keeps nothing of its own. */
final class Room {
    private final Core core;

    Room(Core core) {
        this.core = core;
    }

    /** Why the recipient cannot take it, or null; {@code lane} is null when it has none from this stream yet. */
    @Nullable
    ErrorCode refusal(Agent recipient, @Nullable Lane lane, ByteBuffer b, int at) {
        if (Acceptance.isResent(b, at)) {
            return null;
        }
        if (isFull(recipient, Frames.len(b, at))) {
            return ErrorCode.MAILBOX_FULL;
        }
        if (lane == null || lane.overflow == 0 || lane.queued() < core.config.memoryMessages()) {
            return null;
        }
        return lane.overflow == Lane.BLOCK ? ErrorCode.QUEUE_FULL : ErrorCode.MAILBOX_FULL;
    }

    /** Whether so many bytes more are too much for all that waits for the recipient. */
    boolean isFull(Agent recipient, long addedBytes) {
        long messages = recipient.mailbox.messages();
        long bytes = recipient.mailbox.bytes() + addedBytes;
        return messages >= core.config.mailboxMessages()
                || bytes > core.config.mailboxBytes()
                || (recipient.quota != null && recipient.quota.isMailboxFull(messages, bytes));
    }
}
