package dev.relay.exchange;

/** How long sockets live and how their health is checked. */
public record SessionConfig(long pingIntervalMs, long pongTimeoutMs, long lifetimeMs, int maxConnections) {
    public static final SessionConfig BINANCE = new SessionConfig(20_000, 60_000, 24L * 3600 * 1000, 4096);

    public SessionConfig {
        if (pingIntervalMs < 1 || pongTimeoutMs < pingIntervalMs || lifetimeMs < 1 || maxConnections < 1) {
            throw new IllegalArgumentException("session times must be positive and pongTimeoutMs >= pingIntervalMs: "
                    + "pingIntervalMs=" + pingIntervalMs + " pongTimeoutMs=" + pongTimeoutMs + " lifetimeMs="
                    + lifetimeMs + " maxConnections=" + maxConnections);
        }
    }
}
