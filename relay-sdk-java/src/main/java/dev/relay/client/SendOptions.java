package dev.relay.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one message is sent. Immutable; start from {@link #DEFAULT} and say what differs: {@code
 * SendOptions.DEFAULT.ttl(Duration.ofSeconds(5)).require(Require.DISK)}.
 */
public final class SendOptions {
    /** What the receipt needs. */
    public enum Require {
        /** On disk or handled, whichever is first. */
        ANY,
        /** On disk, also when it has been handled before. */
        DISK
    }

    /** How the daemon keeps the message. */
    public enum Durability {
        /** Until it is handled or dead-lettered, over any crashes. */
        DURABLE,
        /** Express: live sessions only, at most once, in order, no retry, never stored. Not for order flow. */
        NONE
    }

    /** No age limit, normal priority, durable. */
    public static final SendOptions DEFAULT =
            new SendOptions(0, 0, Require.ANY, false, Durability.DURABLE, null, null, null, -1);

    private static final int MAX_APP_ID_BYTES = 128;

    final int ttlMs;
    final int priority;
    final Require require;
    final boolean isJournal;
    final Durability durability;
    final @Nullable String appId;
    final @Nullable String traceparent;
    final @Nullable String key;
    final int content;

    private SendOptions(
            int ttlMs,
            int priority,
            Require require,
            boolean isJournal,
            Durability durability,
            @Nullable String appId,
            @Nullable String traceparent,
            @Nullable String key,
            int content) {
        this.ttlMs = ttlMs;
        this.priority = priority;
        this.require = require;
        this.isJournal = isJournal;
        this.durability = durability;
        this.appId = appId;
        this.traceparent = traceparent;
        this.key = key;
        this.content = content;
    }

    /** Age limit from the call on, 1 ms to 24 days; past it an unhandled message is dead-lettered as EXPIRED. A request has its timeout as limit. */
    public SendOptions ttl(Duration value) {
        long ms = value.toMillis();
        if (ms < 1 || ms > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("ttl out of range: ttlMs=" + ms + " allowed=1.." + Integer.MAX_VALUE);
        }
        return new SendOptions((int) ms, priority, require, isJournal, durability, appId, traceparent, key, content);
    }

    /** 0 to 255: the recipient's lanes with a higher one at their head go first. Never reorders a lane. */
    public SendOptions priority(int value) {
        if (value < 0 || value > 255) {
            throw new IllegalArgumentException("priority out of range: priority=" + value + " allowed=0..255");
        }
        return new SendOptions(ttlMs, value, require, isJournal, durability, appId, traceparent, key, content);
    }

    /** What the receipt needs. */
    public SendOptions require(Require value) {
        return new SendOptions(ttlMs, priority, value, isJournal, durability, appId, traceparent, key, content);
    }

    /** Always written, and kept after the ack for audit. For order flow. */
    public SendOptions journal() {
        return new SendOptions(ttlMs, priority, require, true, durability, appId, traceparent, key, content);
    }

    /** How the daemon keeps the message. */
    public SendOptions durability(Durability value) {
        return new SendOptions(ttlMs, priority, require, isJournal, value, appId, traceparent, key, content);
    }

    /**
     * The application's own id, 1 to 128 bytes: another send with it, also of a later process, is a duplicate that is not delivered again and has the first
     * one's outcome, for at least 24 hours.
     */
    public SendOptions appId(String value) {
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > MAX_APP_ID_BYTES) {
            throw new IllegalArgumentException("appId has 1 to " + MAX_APP_ID_BYTES + " bytes: bytes=" + bytes);
        }
        return new SendOptions(ttlMs, priority, require, isJournal, durability, value, traceparent, key, content);
    }

    /** W3C trace context, carried to the recipient. */
    public SendOptions traceparent(String value) {
        return new SendOptions(ttlMs, priority, require, isJournal, durability, appId, value, key, content);
    }

    /** Which partition of a group: 1 to 128 bytes; messages with the same key go to the same member, in order. For a target {@code group:NAME}. */
    public SendOptions key(String value) {
        return new SendOptions(ttlMs, priority, require, isJournal, durability, appId, traceparent, value, content);
    }

    /** Overrides the payload's content type; 128 to 255 are the application's. */
    public SendOptions content(int value) {
        if (value < 0 || value > 255) {
            throw new IllegalArgumentException("content out of range: content=" + value + " allowed=0..255");
        }
        return new SendOptions(ttlMs, priority, require, isJournal, durability, appId, traceparent, key, value);
    }
}
