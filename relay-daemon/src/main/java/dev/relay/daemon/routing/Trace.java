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
    static final String ALL_NAMESPACES = "";
    private static final int STRIDE = 8;
    private static final int TIME = 2;
    private static final int EPOCH = 3;
    private static final int SEQ = 4;
    private static final int LANE = 5;
    private static final int KIND = 6;

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
    /** Eight longs per event, one cache line: id twice, time, epoch, seq, lane and detail, kind. */
    private final long[] ring = new long[EVENTS * STRIDE];

    private long count;

    Trace(Core core) {
        this.core = core;
    }

    /** {@code lane} 0 for none; {@code detail} depends on the event: code, attempt, reason. */
    void note(Event event, Message m, int lane, int detail) {
        note(event, m.frame, 0, lane, detail);
    }

    void note(Event event, ByteBuffer b, int at, int lane, int detail) {
        int i = (int) (count++ & (EVENTS - 1)) * STRIDE;
        ring[i] = MessageHeader.idMsb(b, at);
        ring[i + 1] = MessageHeader.idLsb(b, at);
        ring[i + TIME] = core.nowNs;
        ring[i + EPOCH] = MessageHeader.epoch(b, at);
        ring[i + SEQ] = MessageHeader.seq(b, at);
        ring[i + LANE] = (long) lane << 32 | (detail & 0xFFFF_FFFFL);
        ring[i + KIND] = event.ordinal();
    }

    /** Events of one id that a namespace may see, oldest first. */
    List<Map<String, Object>> find(long idMsb, long idLsb, String namespace) {
        List<Map<String, Object>> found = new ArrayList<>();
        for (long n = Math.max(0, count - EVENTS); n < count; n++) {
            int i = (int) (n & (EVENTS - 1)) * STRIDE;
            if (ring[i] == idMsb && ring[i + 1] == idLsb) {
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
        json.put("event", KINDS[(int) ring[i + KIND]].name().toLowerCase(Locale.ROOT));
        json.put("ago_us", (core.clock.nanoTime() - ring[i + TIME]) / 1_000);
        json.put("epoch", ring[i + EPOCH]);
        json.put("seq", ring[i + SEQ]);
        json.put("detail", (long) (int) ring[i + LANE]);
        dev.relay.daemon.flow.Lane lane = core.lanesById.get((int) (ring[i + LANE] >>> 32));
        if (lane != null) {
            if (!namespace.equals(ALL_NAMESPACES) && !lane.sender.namespace.equals(namespace)) {
                return null;
            }
            json.put("sender", lane.sender.name);
            json.put("recipient", lane.recipient.name);
            json.put("class", LaneClass.nameOf(lane.laneClass));
        }
        return json;
    }
}
