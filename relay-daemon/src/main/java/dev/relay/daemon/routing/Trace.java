package dev.relay.daemon.routing;

import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happened to which message, newest {@value #EVENTS} events: a ring that is written over. Written on the hot path without garbage, read by {@code message.trace}. Core
 * thread only.
 */
final class Trace {
    static final int EVENTS = 1 << 16;

    /** What can happen. */
    enum Event {
        ACCEPTED,
        REFUSED,
        SPILLED,
        DELIVERED,
        ACKED,
        NACKED,
        STORED,
        DEAD,
        EXPRESS
    }

    private static final Event[] KINDS = Event.values();

    private final Core core;
    private final long[] ids = new long[2 * EVENTS];
    private final long[] times = new long[EVENTS];
    private final long[] epochs = new long[EVENTS];
    private final long[] seqs = new long[EVENTS];
    private final int[] lanes = new int[EVENTS];
    private final int[] details = new int[EVENTS];
    private final byte[] kinds = new byte[EVENTS];
    private long count;

    Trace(Core core) {
        this.core = core;
    }

    /** {@code lane} 0 for none; {@code detail} depends on the event: code, attempt, reason. */
    void note(Event event, Message m, int lane, int detail) {
        note(event, m.frame, 0, lane, detail);
    }

    void note(Event event, ByteBuffer b, int at, int lane, int detail) {
        int i = (int) (count++ & (EVENTS - 1));
        ids[2 * i] = MessageHeader.idMsb(b, at);
        ids[2 * i + 1] = MessageHeader.idLsb(b, at);
        times[i] = core.clock.nanoTime();
        epochs[i] = MessageHeader.epoch(b, at);
        seqs[i] = MessageHeader.seq(b, at);
        lanes[i] = lane;
        details[i] = detail;
        kinds[i] = (byte) event.ordinal();
    }

    /** Events of one id that a namespace may see, oldest first. */
    List<Map<String, Object>> find(long idMsb, long idLsb, String namespace) {
        List<Map<String, Object>> found = new ArrayList<>();
        for (long n = Math.max(0, count - EVENTS); n < count; n++) {
            int i = (int) (n & (EVENTS - 1));
            if (ids[2 * i] == idMsb && ids[2 * i + 1] == idLsb) {
                Map<String, Object> json = described(i, namespace);
                if (json != null) {
                    found.add(json);
                }
            }
        }
        return found;
    }

    private @Nullable Map<String, Object> described(int i, String namespace) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("event", KINDS[kinds[i]].name().toLowerCase(Locale.ROOT));
        json.put("ago_us", (core.clock.nanoTime() - times[i]) / 1_000);
        json.put("epoch", epochs[i]);
        json.put("seq", seqs[i]);
        json.put("detail", (long) details[i]);
        dev.relay.daemon.flow.Lane lane = core.lanesById.get(lanes[i]);
        if (lane != null) {
            if (!lane.sender.namespace.equals(namespace)) {
                return null;
            }
            json.put("sender", lane.sender.name);
            json.put("recipient", lane.recipient.name);
            json.put("class", LaneClass.nameOf(lane.laneClass));
        }
        return json;
    }
}
