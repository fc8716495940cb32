package dev.relay.client.internal;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Control calls under way, and the subscriptions and memberships of groups that every new session repeats. Owned by {@link ClientSession}.
 * At most {@link #MAX_PENDING} calls; above it {@link #call} returns 0. A call that was written and not answered when the connection is
 * lost is reported lost, except those that the next session repeats.
 */
final class Controls {
    static final int MAX_PENDING = 1_024;

    /** What holds until it is ended: by the argument that it is known by, and by what ends it. */
    private static final Map<String, String> STANDING = Map.of("subscribe", "topic", "group.join", "group");

    private static final Map<String, String> ENDS = Map.of("unsubscribe", "subscribe", "group.leave", "group.join");

    private static final class Call {
        final long ref;
        final String op;
        final Map<String, ?> arguments;
        final byte[] body;

        Call(long ref, String op, Map<String, ?> arguments, byte[] body) {
            this.ref = ref;
            this.op = op;
            this.arguments = arguments;
            this.body = body;
        }

        boolean isRepeatable() {
            return STANDING.containsKey(op) || op.equals("unsubscribe");
        }

        /** What it begins or ends, as a key; empty for any other call. */
        String standingKey() {
            String begin = ENDS.getOrDefault(op, op);
            String name = STANDING.get(begin);
            return name == null ? "" : begin + " " + arguments.get(name);
        }
    }

    private final SessionListener listener;
    private final ArrayDeque<Call> toWrite = new ArrayDeque<>();
    private final LinkedHashMap<Long, Call> pending = new LinkedHashMap<>();
    private final LinkedHashMap<String, Call> standing = new LinkedHashMap<>();
    private long lastRef;

    Controls(SessionListener listener) {
        this.listener = listener;
    }

    long call(String op, Map<String, ?> arguments) {
        if (toWrite.size() + pending.size() >= MAX_PENDING) {
            return 0;
        }
        Call call = newCall(op, arguments);
        if (ENDS.containsKey(op)) {
            standing.remove(call.standingKey());
        }
        toWrite.addLast(call);
        return call.ref;
    }

    private Call newCall(String op, Map<String, ?> arguments) {
        long ref = ++lastRef;
        Map<String, Object> json = new LinkedHashMap<>(arguments);
        json.put("ref", ref);
        json.put("op", op);
        return new Call(ref, op, arguments, FrameWriter.controlBody(json));
    }

    /** What the daemon has taken holds on later sessions too. */
    private void remember(Call call) {
        if (STANDING.containsKey(call.op)) {
            standing.put(call.standingKey(), call);
        }
    }

    /** A session is open: what stands first, unless a call for them waits anyway. */
    void open() {
        for (Call call : pending.values()) {
            toWrite.addLast(call);
        }
        pending.clear();
        standing.values().forEach(call -> toWrite.addFirst(newCall(call.op, call.arguments)));
    }

    void disconnected() {
        for (Call call : pending.values().toArray(new Call[0])) {
            if (!call.isRepeatable()) {
                pending.remove(call.ref);
                listener.onControlReply(call.ref, null);
            }
        }
    }

    void reply(long ref, Map<String, @Nullable Object> reply) {
        Call call = pending.remove(ref);
        if (call != null) {
            if (Boolean.TRUE.equals(reply.get("ok"))) {
                remember(call);
            }
            listener.onControlReply(ref, reply);
        }
    }

    boolean write(FrameSink sink) {
        Call call;
        while ((call = toWrite.peekFirst()) != null) {
            ByteBuffer out = sink.reserve(Frames.PREFIX_BYTES + call.body.length);
            if (out == null) {
                return false;
            }
            FrameWriter.control(out, FrameType.CONTROL, call.body);
            sink.commit();
            toWrite.pollFirst();
            pending.put(call.ref, call);
        }
        return true;
    }
}
