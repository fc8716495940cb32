package dev.relay.daemon.session;

import dev.relay.daemon.flow.IntMap;
import dev.relay.daemon.flow.Lane;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The numbers by which one connection knows its incoming lanes. A lane gets one before its first delivery and loses it when its partition
 * moves away. Above {@value #MAX} lanes, those with nothing to deliver and nothing to finish lose theirs too, and get another with their
 * next message, so there are never many more than have work. No number means a second lane before all 2^31 were used: what a client says
 * late of a lane that it lost is never taken for another. Core thread only.
 */
public final class LaneHandles {
    static final int MAX = 4_096;

    private final IntMap<Lane> lanes = new IntMap<>();
    private int last;
    private boolean isRoundAgain;
    /** So many are looked through again only when there are twice as many as the last time left. */
    private int sweepAt = MAX;

    public LaneHandles() {
        this(0);
    }

    /** {@code last}: the newest number that was given. */
    LaneHandles(int last) {
        this.last = last;
    }

    public void give(Lane lane) {
        do {
            isRoundAgain |= last == Integer.MAX_VALUE;
            last = last == Integer.MAX_VALUE ? 1 : last + 1;
        } while (lanes.get(last) != null);
        lane.handle = last;
        lanes.put(last, lane);
    }

    /** The lane has moved away, or has no use for its number. */
    public void takeBack(Lane lane) {
        lanes.remove(lane.handle);
        lane.handle = 0;
    }

    public @Nullable Lane get(int handle) {
        return lanes.get(handle);
    }

    /** Whether the number was ever given. */
    public boolean had(int handle) {
        return handle > 0 && (isRoundAgain || handle <= last);
    }

    public int size() {
        return lanes.size();
    }

    /** Takes the numbers of idle lanes back when there are too many; the client is to be told which. */
    public List<Long> makeRoom() {
        if (lanes.size() < sweepAt) {
            return List.of();
        }
        List<Long> retired = new ArrayList<>();
        for (Lane lane : lanes.values()) {
            if (lane.isIdle()) {
                retired.add((long) lane.handle);
                takeBack(lane);
            }
        }
        sweepAt = Math.max(MAX, 2 * lanes.size());
        return retired;
    }
}
