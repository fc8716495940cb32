package dev.relay.client;

/**
 * The recipient's queue rose above its upper watermark (paused) or fell below its lower one. Sending on is allowed: the daemon keeps the rest on disk
 * until a quota refuses it.
 *
 * @param target the recipient, empty for publications
 * @param queued messages that wait for it
 */
public record Pressure(String target, boolean isPaused, int queued) {}
