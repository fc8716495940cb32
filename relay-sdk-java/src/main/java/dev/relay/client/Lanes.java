package dev.relay.client;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The lanes that deliver to this agent, and what they do when a message dies: skip the hole, which is announced, or halt in front of it, for order
 * flow (I13). Safe for any thread; every call waits for the daemon's answer, 5 s at most, and throws {@link RelayRefused} (NOT_FOUND, UNAUTHORIZED,
 * BAD_REQUEST when the lane is not halted) or {@link RelayTimeout}. Changes are durable and audited there.
 */
public final class Lanes {
    /** What a lane does at a dead letter. */
    public enum OnDeadLetter {
        /** Announces the hole and goes on. */
        SKIP("skip"),
        /** Stops in front of it until {@link Lanes#skip} or {@link Lanes#resume}. */
        HALT("halt");

        private final String wire;

        OnDeadLetter(String wire) {
            this.wire = wire;
        }
    }

    private static final String DIRECT = "message";

    private final Relay relay;

    Lanes(Relay relay) {
        this.relay = relay;
    }

    /** As the protocol describes them: {@code sender}, {@code class}, {@code on_dead_letter}, {@code halted}, {@code queued} and more. */
    public List<Map<String, @Nullable Object>> list(boolean onlyHalted) {
        return Rows.of(relay.control("lane.ls", Map.of("halted", onlyHalted)), "lanes");
    }

    /** For direct messages of this sender. */
    public void onDeadLetter(String sender, OnDeadLetter what) {
        onDeadLetter(sender, DIRECT, what);
    }

    /** For a class: {@code message}, {@code topic} or {@code reply}. */
    public void onDeadLetter(String sender, String laneClass, OnDeadLetter what) {
        Map<String, Object> arguments = lane(sender, laneClass);
        arguments.put("on_dead_letter", what.wire);
        relay.control("lane.policy", arguments);
    }

    /** A halted lane announces the hole and goes on behind it. */
    public void skip(String sender) {
        skip(sender, DIRECT);
    }

    public void skip(String sender, String laneClass) {
        relay.control("lane.skip", lane(sender, laneClass));
    }

    /** A halted lane tries the dead message again, in its old place, with a new budget. */
    public void resume(String sender) {
        resume(sender, DIRECT);
    }

    public void resume(String sender, String laneClass) {
        relay.control("lane.resume", lane(sender, laneClass));
    }

    private static Map<String, Object> lane(String sender, String laneClass) {
        return new TreeMap<>(Map.of("sender", sender, "class", laneClass));
    }
}
