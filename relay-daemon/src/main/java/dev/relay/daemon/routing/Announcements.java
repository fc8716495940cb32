package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Partitions;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tells clients what is not a message: lanes and kinds before their first use, durable floors, pressure on a stream. Core thread only; keeps nothing of its own. */
final class Announcements {
    private final Core core;

    Announcements(Core core) {
        this.core = core;
    }

    /** Announces the lane once per connection. */
    void tellLane(Lane lane, Session session) {
        if (lane.handle != 0) {
            return;
        }
        List<Long> retired = session.lanes.makeRoom();
        session.lanes.give(lane);
        core.count(Counter.LANE_HANDLES_RECLAIMED, retired.size());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("lane", (long) lane.handle);
        json.put("sender", lane.sender.name);
        json.put("class", LaneClass.nameOf(lane.laneClass));
        json.put("epoch", lane.floorEpoch);
        json.put("floor", lane.floorSeq);
        if (Partitions.isAddress(lane.recipient.name)) {
            json.put("group", Partitions.groupOf(lane.recipient.name));
            json.put("partition", (long) Partitions.numberOf(lane.recipient.name));
            json.put("group_epoch", lane.recipient.epoch);
        }
        if (!retired.isEmpty()) {
            json.put("retired", retired);
        }
        core.control(session, FrameType.LANE, json);
    }

    /** The lanes of a partition that its member loses. */
    void takeBack(Agent partition, Session session) {
        for (Lane lane : partition.lanes.values()) {
            if (lane.handle != 0) {
                session.lanes.takeBack(lane);
                core.count(Counter.LANE_HANDLES_RECLAIMED);
            }
        }
    }

    void tellKind(Session session, int kind) {
        if (kind != 0 && !session.kindsTold.get(kind)) {
            session.kindsTold.set(kind);
            core.control(session, FrameType.KIND, Map.of("handle", (long) kind, "kind", core.kindNames.get(kind)));
        }
    }

    void tellAckOk(Lane lane) {
        Session session = lane.recipient.session;
        if (session != null && lane.handle != 0) {
            FrameWriter.ackOk(
                    session.connection.reserve(Frames.ACK_OK_BYTES), lane.handle, lane.durableEpoch, lane.durableSeq);
            session.connection.commit();
        }
    }

    /** PAUSED above the high watermark, RESUMED below the low one. */
    void pressure(Lane lane) {
        int queued = lane.queued();
        if (!lane.isPaused && queued >= core.config.highWatermark()) {
            lane.isPaused = true;
            core.count(Counter.PAUSES);
            if (lane.stream.pausedLanes++ == 0) {
                tellPressure(lane.stream, true, queued);
            }
        } else if (lane.isPaused && queued <= core.config.lowWatermark()) {
            lane.isPaused = false;
            if (--lane.stream.pausedLanes == 0) {
                tellPressure(lane.stream, false, queued);
            }
        }
    }

    /** A sender that comes back to a paused stream is told again. */
    void repeatPressure(Stream stream) {
        if (stream.pausedLanes > 0) {
            Lane lane = stream.lane;
            tellPressure(stream, true, lane == null ? core.config.highWatermark() : lane.queued());
        }
    }

    private static void tellPressure(Stream stream, boolean paused, int queued) {
        Session session = stream.session;
        if (session == null) {
            return;
        }
        ByteBuffer out = session.connection.reserve(Frames.PRESSURE_BYTES);
        if (paused) {
            FrameWriter.paused(out, stream.handle, queued);
        } else {
            FrameWriter.resumed(out, stream.handle, queued);
        }
        session.connection.commit();
    }
}
