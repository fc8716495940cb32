package dev.relay.sidecar.order;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * To which addresses orders may go. Paper: this machine on any port, and by exact name, over TLS on its standard ports, the
 * testnet and demo of Binance and Alpaca's paper trading. Every other address is live and is refused unless the operator said
 * so twice, see {@link LiveConsent}. Addresses with user information, a query or a fragment are always refused: they are how
 * one host is made to look like another. Stateless.
 */
public final class OrderAddress {
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");
    private static final Set<String> PAPER = Set.of(
            "testnet.binance.vision",
            "ws-api.testnet.binance.vision",
            "demo-api.binance.com",
            "demo-ws-api.binance.com",
            "paper-api.alpaca.markets");
    private static final Set<String> PLAIN = Set.of("ws", "http");
    private static final Set<String> TLS = Set.of("wss", "https");
    private static final List<Integer> TLS_PORTS = List.of(-1, 443, 9443);

    private OrderAddress() {}

    /** Returns the address, or refuses it with a message that says what to do. */
    public static URI check(String name, URI uri, @Nullable LiveConsent consent) {
        if (!isWellFormed(uri)) {
            throw new IllegalArgumentException("orders need a plain address: " + name + "=" + uri
                    + " has no host, user information, a query or an unknown scheme");
        }
        if (isPaper(uri) || (consent != null && isTls(uri))) {
            return uri;
        }
        throw new IllegalArgumentException("orders are paper only: " + name + "=" + uri
                + " is neither loopback nor one of " + PAPER + " over TLS; another address is live and needs"
                + " live: true in the configuration, --i-accept-live ACCOUNT on the command line, and TLS");
    }

    /** Money that is not real, for certain. */
    public static boolean isPaper(URI uri) {
        if (!isWellFormed(uri)) {
            return false;
        }
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        return LOOPBACK.contains(host) || (PAPER.contains(host) && isTls(uri) && TLS_PORTS.contains(uri.getPort()));
    }

    private static boolean isTls(URI uri) {
        return TLS.contains(uri.getScheme().toLowerCase(Locale.ROOT));
    }

    private static boolean isWellFormed(URI uri) {
        String scheme = uri.getScheme();
        return uri.getHost() != null
                && scheme != null
                && (PLAIN.contains(scheme.toLowerCase(Locale.ROOT)) || isTls(uri))
                && uri.getRawUserInfo() == null
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null;
    }
}
