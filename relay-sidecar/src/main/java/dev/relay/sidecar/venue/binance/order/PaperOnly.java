package dev.relay.sidecar.venue.binance.order;

import java.net.URI;
import java.util.Locale;
import java.util.Set;

/** The exact list of hosts to which orders may go: this machine, Binance's testnet and demo mode, Alpaca's paper trading. */
public final class PaperOnly {
    private static final Set<String> HOSTS = Set.of(
            "127.0.0.1",
            "localhost",
            "[::1]",
            "testnet.binance.vision",
            "ws-api.testnet.binance.vision",
            "demo-api.binance.com",
            "demo-ws-api.binance.com",
            "paper-api.alpaca.markets");
    private static final Set<String> SCHEMES = Set.of("ws", "wss", "http", "https");

    private PaperOnly() {}

    /** Returns the address, or refuses it with a message that says what to do. */
    public static URI check(String name, URI uri) {
        String host = uri.getHost();
        String scheme = uri.getScheme();
        boolean isAllowed = host != null
                && scheme != null
                && uri.getUserInfo() == null
                && HOSTS.contains(host.toLowerCase(Locale.ROOT))
                && SCHEMES.contains(scheme.toLowerCase(Locale.ROOT));
        if (!isAllowed) {
            throw new IllegalArgumentException("orders are paper only: " + name + "=" + uri
                    + " is not loopback, Binance testnet, Binance demo or Alpaca paper; use one of " + HOSTS);
        }
        return uri;
    }
}
