package dev.relay.daemon.store;

import org.jspecify.annotations.Nullable;

/** One dead letter. {@code frame} is null in listings. Times are wall-clock milliseconds. */
public record DeadLetterRow(
        long no,
        int lane,
        long idMsb,
        long idLsb,
        String sender,
        String target,
        String laneClass,
        long epoch,
        long seq,
        String kind,
        int reason,
        int attempts,
        long firstAtMs,
        long deadAtMs,
        String error,
        int bytes,
        byte @Nullable [] frame) {
    /** The same with its frame. */
    public DeadLetterRow with(byte[] bytesOfFrame) {
        return new DeadLetterRow(
                no,
                lane,
                idMsb,
                idLsb,
                sender,
                target,
                laneClass,
                epoch,
                seq,
                kind,
                reason,
                attempts,
                firstAtMs,
                deadAtMs,
                error,
                bytes,
                bytesOfFrame);
    }
}
