package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.MessageHeader;
import dev.relay.protocol.Partitions;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What acceptance asks about groups: which partition a message goes to, and whether a message that a partition's handler caused comes from the partition's owner. Core thread only; keeps nothing
 * of its own.
 */
final class Groups {
    private static final int EPOCH_BYTES = 8;

    private final Core core;

    Groups(Core core) {
        this.core = core;
    }

    /** The partitions of a group stream's target, or null while there is no such group. */
    Agent @Nullable [] of(Stream stream) {
        if (stream.partitions == null) {
            stream.partitions = core.partitions(stream.sender.namespace, stream.target);
        }
        return stream.partitions;
    }

    /** By its key, or by its seq without one; -1 when the key is empty or too long. */
    static int partitionOf(ByteBuffer b, int at) {
        long key = HeaderBlock.find(b, at, HeaderKey.KEY);
        if (key < 0) {
            return Partitions.ofSeq(MessageHeader.seq(b, at));
        }
        int length = HeaderBlock.lengthOf(key);
        boolean isLegal = length > 0 && length <= Partitions.MAX_KEY_BYTES;
        return isLegal ? Partitions.ofKey(b, HeaderBlock.offsetOf(key), length) : -1;
    }

    /**
     * Why a message of a partition's handler is not taken, or null: its partition has moved. What is sent again is taken, as everything RESENT is: another life of the daemon may have delivered it.
     */
    @Nullable
    ErrorCode refusalOfFenced(Session session, ByteBuffer b, int at) {
        long fence = MessageHeader.block(b, at) == 0 ? -1 : HeaderBlock.find(b, at, HeaderKey.FENCE);
        if (fence < 0) {
            return null;
        }
        if (HeaderBlock.lengthOf(fence) <= EPOCH_BYTES) {
            return ErrorCode.BAD_FRAME;
        }
        List<Agent> owned = session.owner().partitions;
        for (int i = 0; i < owned.size(); i++) {
            if (isOf(owned.get(i), b, HeaderBlock.offsetOf(fence), HeaderBlock.lengthOf(fence))) {
                return null;
            }
        }
        core.count(Counter.FENCED_BY_GROUP);
        return ErrorCode.NOT_OWNER;
    }

    private static boolean isOf(Agent partition, ByteBuffer b, int at, int length) {
        String name = partition.name;
        if (b.getLong(at) != partition.epoch || length - EPOCH_BYTES != name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (b.get(at + EPOCH_BYTES + i) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
