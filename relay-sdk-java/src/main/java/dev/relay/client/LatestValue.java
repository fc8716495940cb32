package dev.relay.client;

import org.jspecify.annotations.Nullable;

/**
 * The latest value of a key of a conflated topic.
 *
 * @param ageMs how old it was when the daemon handed it over
 */
public record LatestValue(
        String topic, String key, @Nullable Object value, long ageMs) {}
