package dev.relay.client.internal;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The incoming lanes by identity, which of them have something to run and which have something to ack. Owned by {@link ClientSession}. It
 * outlives connections (rule R5). Bounded by {@link #MAX_LANES}: a new lane takes the place of the oldest one with nothing in it; when there is
 * none, the connection is given up. Handles are the daemon's and are forgotten with their connection.
 */
final class Inbox {
    static final int MAX_LANES = 8_192;

    private record LaneKey(
            String sender,
            MessageClass messageClass,
            @Nullable Seat seat) {}

    final SessionCounters counters;
    private final Outbox outbox;
    private String storeUuid = "";
    private final Map<LaneKey, InLane> lanes = new LinkedHashMap<>();
    private final Map<Integer, InLane> byHandle = new HashMap<>();
    private final ArrayDeque<InLane> ready = new ArrayDeque<>();
    private final ArrayDeque<InLane> urgent = new ArrayDeque<>();
    private final ArrayDeque<InLane> dirty = new ArrayDeque<>();

    Inbox(Outbox outbox, SessionCounters counters) {
        this.outbox = outbox;
        this.counters = counters;
    }

    // ---- connection

    void disconnected() {
        byHandle.clear();
        dirty.forEach(lane -> lane.isDirty = false);
        dirty.clear();
        for (InLane lane : lanes.values()) {
            lane.disconnected();
        }
    }

    /** The store was replaced: its epochs say nothing about ours (I9). Handlers that run end unheard. */
    void reset() {
        disconnected();
        lanes.values().forEach(lane -> lane.isForgotten = true);
        lanes.clear();
        ready.clear();
        urgent.clear();
    }

    /** The store is known: what the application has recorded of it is finished (I8, I9). */
    void open(String store, List<LaneFloor> recorded) {
        storeUuid = store;
        for (LaneFloor floor : recorded) {
            if (floor.storeUuid().equals(store) && lanes.size() < MAX_LANES) {
                lanes.computeIfAbsent(new LaneKey(floor.sender(), floor.messageClass(), null), this::newLane)
                        .restore(floor.epoch(), floor.seq());
            }
        }
    }

    private InLane newLane(LaneKey key) {
        return new InLane(key.sender(), key.messageClass(), key.seat(), storeUuid, this);
    }

    /** For HELLO: per lane the last position that is finished; of the newest lanes only when there are too many for one frame. */
    List<Map<String, Object>> floors() {
        List<Map<String, Object>> floors = new ArrayList<>();
        for (InLane lane : lanes.values()) {
            if (lane.floor.epoch != 0) {
                floors.add(floor(lane));
            }
        }
        return floors.subList(Math.max(0, floors.size() - Limits.MAX_HELLO_FLOORS), floors.size());
    }

    private static Map<String, Object> floor(InLane lane) {
        Map<String, Object> floor = new LinkedHashMap<>();
        floor.put("sender", lane.sender);
        floor.put("class", lane.messageClass.wire());
        floor.put("epoch", lane.floor.epoch);
        floor.put("seq", lane.floor.seq);
        if (lane.seat != null) {
            floor.put("group", lane.seat.group());
            floor.put("partition", (long) lane.seat.partition());
            floor.put("group_epoch", lane.seat.epoch());
        }
        return floor;
    }

    /** Partitions have other owners: what waits of those that are lost is dropped, what runs ends unheard. */
    void onGroup(String agent, Map<String, @Nullable Object> event) {
        forget(seat -> seat.isLostBy(agent, event));
    }

    /** The daemon has taken these handles of idle lanes back; the lanes stay while there is room. */
    void retire(@Nullable Object handles) {
        if (handles instanceof List<?> list) {
            for (Object handle : list) {
                InLane lane = handle instanceof Long n ? byHandle.get(n.intValue()) : null;
                if (lane != null) {
                    unbind(lane);
                    lane.disconnected();
                }
            }
        }
    }

    private void unbind(InLane lane) {
        byHandle.remove(lane.handle, lane);
        dirty.remove(lane);
        lane.isDirty = false;
    }

    private void forget(Predicate<Seat> which) {
        lanes.values().removeIf(lane -> {
            boolean isLost = lane.seat != null && which.test(lane.seat);
            if (isLost) {
                unbind(lane);
                lane.forget();
            }
            return isLost;
        });
    }

    /** False when there is no room for another lane. */
    boolean bind(
            int handle,
            String sender,
            MessageClass messageClass,
            @Nullable Seat seat,
            long connection,
            long daemonEpoch,
            long daemonFloor) {
        LaneKey key = new LaneKey(sender, messageClass, seat);
        InLane lane = lanes.get(key);
        if (lane == null && seat != null) {
            forget(known -> known.isOlderThan(seat));
        }
        if (lane == null) {
            if (lanes.size() >= MAX_LANES && !evictIdle()) {
                return false;
            }
            lane = newLane(key);
            lanes.put(key, lane);
        }
        byHandle.put(handle, lane);
        lane.bind(handle, connection, daemonEpoch, daemonFloor);
        return true;
    }

    private boolean evictIdle() {
        for (var it = lanes.values().iterator(); it.hasNext(); ) {
            InLane lane = it.next();
            if (lane.size() == 0 && !lane.isDirty && lane.boundOn == 0) {
                it.remove();
                return true;
            }
        }
        return false;
    }

    @Nullable
    InLane byHandle(int handle) {
        return byHandle.get(handle);
    }

    int queued() {
        int sum = 0;
        for (InLane lane : lanes.values()) {
            sum += lane.queued();
        }
        return sum;
    }

    int laneCount() {
        return lanes.size();
    }

    // ---- running

    void ready(InLane lane) {
        if (!lane.isReady && lane.canStart()) {
            lane.isReady = true;
            (lane.nextPriority() > 0 ? urgent : ready).addLast(lane);
        }
    }

    boolean hasReady() {
        return !ready.isEmpty() || !urgent.isEmpty();
    }

    /** The next message to run: lanes take turns, urgent ones first; null when nothing can start. */
    @Nullable
    Inbound startNext() {
        InLane lane;
        while ((lane = urgent.isEmpty() ? ready.pollFirst() : urgent.pollFirst()) != null) {
            lane.isReady = false;
            Inbound next = lane.start();
            if (next != null) {
                return next;
            }
        }
        return null;
    }

    // ---- acks

    void dirty(InLane lane) {
        if (!lane.isDirty && lane.boundOn != 0) {
            lane.isDirty = true;
            dirty.addLast(lane);
        }
    }

    /**
     * Acks of replies whose time has come leave before new messages, behind what is sent again: the daemon can then tell request and reply
     * safe together, without a commit (rule R7). False when the sink is full.
     */
    boolean writeReplyAcks(FrameSink sink) {
        if (dirty.isEmpty() || !outbox.queue().isResent()) {
            return true;
        }
        long writtenUpTo = outbox.queue().writtenUpTo();
        for (int n = dirty.size(); n > 0; n--) {
            InLane lane = dirty.pollFirst();
            if (lane.messageClass != MessageClass.REPLY) {
                dirty.addLast(lane);
            } else if (!lane.writeAcks(sink, writtenUpTo)) {
                dirty.addFirst(lane);
                return false;
            } else {
                written(lane, writtenUpTo);
            }
        }
        return true;
    }

    private void written(InLane lane, long writtenUpTo) {
        lane.isDirty = false;
        if (lane.isAckHeld(writtenUpTo)) {
            dirty(lane);
        }
    }

    /** One coalesced ACK per lane that has news; false when the sink is full. */
    boolean writeAcks(FrameSink sink) {
        long writtenUpTo = outbox.queue().writtenUpTo();
        for (int n = dirty.size(); n > 0; n--) {
            InLane lane = dirty.getFirst();
            if (!lane.writeAcks(sink, writtenUpTo)) {
                return false;
            }
            dirty.pollFirst();
            written(lane, writtenUpTo);
        }
        return true;
    }

    /** True when a pump would write an ACK or NACK. */
    boolean hasAcks() {
        return !dirty.isEmpty();
    }

    long lastOrdinal() {
        return outbox.lastOrdinal();
    }

    void requestIsBack(Outgoing reply) {
        outbox.requestIsBack(reply);
    }

    void requestIsGone(Outgoing reply) {
        outbox.refuse(reply, ErrorCode.NO_PENDING_REQUEST);
    }
}
