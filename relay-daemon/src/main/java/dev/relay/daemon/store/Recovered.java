package dev.relay.daemon.store;

import java.util.List;

/**
 * The state that a store held when it was opened. {@code storeKey} signs resume tokens. Frames are not here: lanes know how many they have ({@code
 * pending}) and read them back by page.
 */
public record Recovered(
        String storeUuid,
        long bootNo,
        byte[] storeKey,
        long lastSegment,
        long lastDeadLetter,
        List<AgentRow> agents,
        List<StreamRow> streams,
        List<LaneRow> lanes,
        List<KindRow> kinds,
        List<SubscriptionRow> subscriptions,
        List<AttemptRow> attempts,
        List<SkipRow> skips,
        List<DeadRow> dead,
        List<SegmentRow> segments,
        KeptRows.Kept kept) {

    /** Without anything beside streams, lanes and frames. */
    public Recovered(
            String storeUuid,
            long bootNo,
            byte[] storeKey,
            long lastSegment,
            long lastDeadLetter,
            List<AgentRow> agents,
            List<StreamRow> streams,
            List<LaneRow> lanes,
            List<KindRow> kinds,
            List<SubscriptionRow> subscriptions,
            List<AttemptRow> attempts,
            List<SkipRow> skips,
            List<DeadRow> dead,
            List<SegmentRow> segments) {
        this(
                storeUuid,
                bootNo,
                storeKey,
                lastSegment,
                lastDeadLetter,
                agents,
                streams,
                lanes,
                kinds,
                subscriptions,
                attempts,
                skips,
                dead,
                segments,
                KeptRows.Kept.NOTHING);
    }

    /** Of a store that is new and holds nothing. */
    public static Recovered fresh(String storeUuid) {
        return new Recovered(
                storeUuid,
                1,
                new byte[32],
                0,
                0,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    /** The same with what was kept beside. */
    public Recovered with(KeptRows.Kept more) {
        return new Recovered(
                storeUuid,
                bootNo,
                storeKey,
                lastSegment,
                Math.max(lastDeadLetter, more.lastDeadLetter()),
                agents,
                streams,
                lanes,
                kinds,
                subscriptions,
                attempts,
                skips,
                dead,
                segments,
                more);
    }

    /** An agent that exists; {@code uid} -1 when it was added and never connected. */
    public record AgentRow(String namespace, String name, int uid, long epoch) {}

    public record StreamRow(
            int id, String namespace, String sender, String target, int streamClass, long epoch, long mark) {}

    /** {@code finished}: epoch and seq in turn, of positions above the floor that are finished. {@code pending}: stored, not finished frames. */
    public record LaneRow(
            int id,
            String namespace,
            String sender,
            String recipient,
            int laneClass,
            long epoch,
            long floor,
            long[] finished,
            int pending,
            long pendingBytes) {}

    public record KindRow(int id, String name) {}

    public record SubscriptionRow(String namespace, String agent, String pattern) {}

    /** A message that failed before: attempts so far, crashes charged, when its next attempt is due after the first failure. */
    public record AttemptRow(
            int lane,
            long epoch,
            long seq,
            int attempts,
            int crashes,
            long dueOffsetMs,
            long firstAtMs,
            String error) {}

    /** A dead position whose SKIP is not acked yet. */
    public record SkipRow(int lane, long epoch, long seq, int reason) {}

    /** Where the newest dead letters stood in their streams, so that a re-send can be answered. */
    public record DeadRow(int stream, long epoch, long seq, int reason, int attempts) {}

    /** The dead letter of a position. */
    public record DeadPosition(long no, int reason, int attempts) {}

    /** How many (lane, frame) pairs of a segment are not finished. */
    public record SegmentRow(long no, int live) {}
}
