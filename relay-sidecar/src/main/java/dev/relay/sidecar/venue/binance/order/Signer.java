package dev.relay.sidecar.venue.binance.order;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256 signatures. Owned by one thread. */
final class Signer {
    private static final String ALGORITHM = "HmacSHA256";
    private final Mac mac;

    Signer(String secret) {
        try {
            mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + ALGORITHM, e);
        }
    }

    /** WebSocket API: the parameters sorted by name, joined as they are. */
    String sign(Map<String, Object> params) {
        return sign(new TreeMap<>(params)
                .entrySet().stream().map(e -> e.getKey() + '=' + e.getValue()).collect(Collectors.joining("&")));
    }

    /** REST: the query exactly as it is sent, percent-encoded. */
    String sign(String query) {
        return HexFormat.of().formatHex(mac.doFinal(query.getBytes(StandardCharsets.UTF_8)));
    }
}
