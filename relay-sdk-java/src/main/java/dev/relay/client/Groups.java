package dev.relay.client;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Names;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Work groups: one of many handles a message, one key always the same member, in order. A message to {@code group:NAME} goes to one of its
 * 64 partitions, by {@link SendOptions#key}; each has one owner among the members and an epoch that rises with each change of owner. A
 * client joins again on every connection. What a handler sends carries the partition's epoch: the daemon refuses it, NOT_OWNER, once
 * another member has the partition. Safe for any thread; every call waits for the daemon's answer and throws {@link RelayRefused}
 * (BAD_NAME, NOT_FOUND, OVERLOADED) or {@link RelayTimeout}. Rows are those of the protocol, section 12.
 */
public final class Groups {
    /** Before a group's name, where a target is asked for. */
    public static final String PREFIX = "group:";

    private static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(40);

    private final Relay relay;

    Groups(Relay relay) {
        this.relay = relay;
    }

    /** Becomes a member, with what {@link Relay#on} has registered. Returns the group's row. */
    public Map<String, @Nullable Object> join(String group) {
        return relay.control("group.join", named(group));
    }

    /** The same with a handler, before {@link Relay#start}, for what comes by this group and has no handler of its kind. */
    public Map<String, @Nullable Object> join(String group, MessageConsumer handler) {
        relay.on("*", HandlerOptions.ofGroup(group), handler);
        return join(group);
    }

    /** Returns when nothing of the group is in this agent's hands; its running handlers finish first, 30 s at most. */
    public void leave(String group) {
        try {
            relay.control("group.leave", named(group), LEAVE_TIMEOUT);
        } catch (RelayException e) {
            if (!e.code().equals("NOT_CONNECTED")) { // a member leaves with its connection too
                throw e;
            }
        }
    }

    /** The group exists from now on, and messages wait for its first member. */
    public Map<String, @Nullable Object> add(String group) {
        return relay.control("group.add", named(group));
    }

    /** The groups, with {@code group}, {@code members}, {@code owned}, {@code moving} and {@code queued}. */
    public List<Map<String, @Nullable Object>> list() {
        return Rows.of(relay.control("group.ls", Map.of()), "groups");
    }

    /**
     * One group: its row, {@code members} and all {@code partitions}, each with {@code owner}, {@code epoch}, {@code queued},
     * {@code unacked}, {@code moving}.
     */
    public Map<String, @Nullable Object> get(String group) {
        return relay.control("group.get", named(group));
    }

    /** The partition of a key, as {@link #get} tells it. */
    public Map<String, @Nullable Object> partition(String group, String key) {
        return relay.control("group.partition", Map.of("group", checked(group), "key", key));
    }

    private static Map<String, Object> named(String group) {
        return Map.of("group", checked(group));
    }

    private static String checked(String group) {
        if (!Names.isName(group)) {
            throw new RelayRefused(ErrorCode.BAD_NAME.name(), "group=" + group, 0);
        }
        return group;
    }
}
