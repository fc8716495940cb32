package dev.relay.sidecar.limit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * What may still be asked of a venue: its request weight and order counts in aligned windows, corrected by its own figures after each answer, and nothing at all
 * during a {@link Lockout}, which 429 and 418 begin.
 *
 * <p>Queries stop at 80 % of a window, places at 95 %, cancels use all of it. Times are the venue's clock in milliseconds. Thread "orders"; nothing here grows.
 */
public final class VenueBudget {
    private static final long MINUTE_MS = 60_000;

    private final AlignedWindow weight;
    private final AlignedWindow shortOrders;
    private final AlignedWindow dayOrders;
    private final Lockout lockout;
    private long heldCount;

    /**
     * @param keptUntilMs the closing time that a former process left, 0 without one
     * @param journal takes a new closing time
     */
    public VenueBudget(
            int weightPerMinute, int ordersPer10s, int ordersPerDay, long keptUntilMs, LongConsumer journal) {
        this.weight = new AlignedWindow(MINUTE_MS, weightPerMinute);
        this.shortOrders = new AlignedWindow(10_000, ordersPer10s);
        this.dayOrders = new AlignedWindow(24 * 60 * MINUTE_MS, ordersPerDay);
        this.lockout = new Lockout(keptUntilMs, journal);
    }

    /** Binance Spot as announced in 2026: 6,000 weight a minute, 50 unfilled orders in 10 s, 160,000 a day. */
    public static VenueBudget binance(long keptUntilMs, LongConsumer journal) {
        return new VenueBudget(6_000, 50, 160_000, keptUntilMs, journal);
    }

    /** 0: taken, send now. Else nothing was taken, and it is worth asking again after so many milliseconds. */
    public long take(Priority priority, int requestWeight, boolean isOrder, long venueMs) {
        long waitMs = closedForMs(venueMs);
        waitMs = Math.max(waitMs, weight.waitMs(requestWeight, priority.share, venueMs));
        if (isOrder) {
            waitMs = Math.max(waitMs, shortOrders.waitMs(1, priority.share, venueMs));
            waitMs = Math.max(waitMs, dayOrders.waitMs(1, priority.share, venueMs));
        }
        if (waitMs > 0) {
            heldCount++;
            return waitMs;
        }
        weight.take(requestWeight, venueMs);
        if (isOrder) {
            shortOrders.take(1, venueMs);
            dayOrders.take(1, venueMs);
        }
        return 0;
    }

    /** What was sent and is not answered; to be told before {@link #take}. The venue may count it in its next window. */
    public void unanswered(int requestWeight, int orders) {
        weight.unanswered(requestWeight);
        shortOrders.unanswered(orders);
        dayOrders.unanswered(orders);
    }

    /** The venue's clock is within so much of the times given here; to be told before {@link #take}. */
    public void clockWithin(long errorMs) {
        weight.clockWithin(errorMs);
        shortOrders.clockWithin(errorMs);
        dayOrders.clockWithin(errorMs);
    }

    /** An answer came; to be told before the counts in it, and after an {@link #unanswered} that still holds its request. */
    public void onAnswered(int requestWeight, boolean isOrder, long venueMs) {
        weight.onAnswered(requestWeight, venueMs);
        if (isOrder) {
            shortOrders.onAnswered(1, venueMs);
            dayOrders.onAnswered(1, venueMs);
        }
    }

    /** A request got no answer in its time. */
    public void onGivenUp(int requestWeight, boolean isOrder, long venueMs) {
        weight.onGivenUp(requestWeight, venueMs);
        if (isOrder) {
            shortOrders.onGivenUp(1, venueMs);
            dayOrders.onGivenUp(1, venueMs);
        }
    }

    /** How long nothing at all may be asked. */
    public long closedForMs(long venueMs) {
        return lockout.forMs(venueMs);
    }

    /** The venue's own count of request weight, told in answer to a request that left at {@code askedMs}. */
    public void onWeight(int limit, int count, int unanswered, long askedMs, long venueMs) {
        weight.correct(limit, count, unanswered, askedMs, venueMs);
    }

    /** As {@link #onWeight}, where answers may overtake each other: the venue has counted at least so much. */
    public void onWeightAtLeast(int limit, int count, long askedMs, long venueMs) {
        weight.raise(limit, count, askedMs, venueMs);
    }

    /** As {@link #onWeight}, of orders in the window of this length. */
    public void onOrders(long windowMs, int limit, int count, int unanswered, long askedMs, long venueMs) {
        if (windowMs == shortOrders.lengthMs) {
            shortOrders.correct(limit, count, unanswered, askedMs, venueMs);
        } else if (windowMs == dayOrders.lengthMs) {
            dayOrders.correct(limit, count, unanswered, askedMs, venueMs);
        }
    }

    /**
     * 429 or 418 came.
     *
     * @param untilMs the time the venue named, 0 without one
     */
    public void onLimited(long untilMs, long venueMs) {
        lockout.onLimited(untilMs, venueMs);
    }

    /** What is left, by name; for agents and metrics. */
    public Map<String, Object> left(long venueMs) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("weight_left", weight.limit() - weight.used(venueMs));
        map.put("orders_10s_left", shortOrders.limit() - shortOrders.used(venueMs));
        map.put("orders_day_left", dayOrders.limit() - dayOrders.used(venueMs));
        map.put("closed_for_ms", closedForMs(venueMs));
        map.put("limited_total", lockout.count());
        map.put("held_total", heldCount);
        return map;
    }
}
