package dev.relay.exchange.http;

import dev.relay.exchange.stream.Outlet;
import dev.relay.exchange.stream.SocketSession;
import org.jspecify.annotations.Nullable;

/** Makes the session that stands behind a WebSocket address. */
@FunctionalInterface
public interface SessionFactory {
    /** Null when there is nothing at this path. */
    @Nullable
    SocketSession open(String path, String rawQuery, String ip, Outlet outlet);
}
