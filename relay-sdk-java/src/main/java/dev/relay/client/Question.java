package dev.relay.client;

import org.jspecify.annotations.Nullable;

/** A proposal as its voters are asked. */
public record Question(
        long proposal, String title, @Nullable Object body, String by, String rule, long weight, long leftMs) {}
