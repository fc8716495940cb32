package dev.relay.client.internal;

import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Partitions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A partition of a work group under one epoch: what this agent owns, and for how long.
 *
 * @param epoch the fencing epoch; one higher with each change of owner
 */
public record Seat(String group, int partition, long epoch) {
    /** From LANE; null for a lane of the agent's own. */
    static @Nullable Seat of(Fields f) {
        String group = f.textOr("group", "");
        return group.isEmpty() ? null : new Seat(group, (int) f.number("partition"), f.number("group_epoch"));
    }

    /** The name by which the daemon knows the partition as a recipient. */
    public String address() {
        return Partitions.address(group, partition);
    }

    /** Adds what the daemon compares: who sends this owns the partition under this epoch. */
    public void fence(HeaderBlock.Builder block) {
        byte[] address = address().getBytes(StandardCharsets.UTF_8);
        ByteBuffer entry = ByteBuffer.allocate(Long.BYTES + address.length).order(ByteOrder.LITTLE_ENDIAN);
        block.put(HeaderKey.FENCE, entry.putLong(epoch).put(address).array());
    }

    /** Whether an EVENT {@code group} tells that the agent does not own it under this epoch any more; one of an older epoch is late. */
    boolean isLostBy(String agent, Map<String, @Nullable Object> event) {
        if (!group.equals(event.get("group")) || !(event.get("changes") instanceof List<?> changes)) {
            return false;
        }
        for (Object each : changes) {
            if (each instanceof Map<?, ?> change
                    && Long.valueOf(partition).equals(change.get("partition"))
                    && change.get("epoch") instanceof Long now) {
                return now > epoch || (now == epoch && !agent.equals(change.get("owner")));
            }
        }
        return false;
    }

    /** Whether the other is the same partition under a newer epoch. */
    boolean isOlderThan(@Nullable Seat other) {
        return other != null && group.equals(other.group) && partition == other.partition && epoch < other.epoch;
    }
}
