package dev.relay.exchange.http;

import org.jspecify.annotations.Nullable;

/** Requests under {@code /relay/}: the exchange's own truth and switches, for callers on this machine only. */
@FunctionalInterface
public interface LocalRoutes {
    /** Null when there is no such route. */
    @Nullable
    RestAnswer answer(RestRequest request);
}
