package dev.relay.daemon.store;

/**
 * A frame as it was committed: header, header block and payload, kind and attempt as the core knows them, {@code segment} where it lies.
 * {@code frame} is null when its checksum failed. {@code wallMs} and {@code bootNo} say when it was cut, for age limits over a restart.
 */
public record StoredFrame(
        long epoch,
        long seq,
        long segment,
        long bootNo,
        long wallMs,
        byte @org.jspecify.annotations.Nullable [] frame) {}
