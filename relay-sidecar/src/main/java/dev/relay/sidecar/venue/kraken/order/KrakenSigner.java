package dev.relay.sidecar.venue.kraken.order;

import dev.relay.sidecar.order.OrderClock;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs private requests: the key, a nonce higher than every one before it, and an HMAC-SHA512 over path and SHA-256 of
 * nonce and body. Where the nonce is refused this machine's clock was set back, and the next ones leap ahead, further each
 * time. Thread "orders".
 */
final class KrakenSigner {
    private static final long FIRST_LEAP = 1_000_000;

    private final String key;
    private final byte[] secret;
    private final OrderClock clock;
    private long nonce;
    private long leap = FIRST_LEAP;

    /** A request as it leaves. */
    record Signed(String path, Map<String, String> headers, String body) {}

    KrakenSigner(String key, String secret, OrderClock clock) {
        this.key = key;
        this.secret = Base64.getDecoder().decode(secret);
        this.clock = clock;
    }

    Signed sign(String path, Map<String, String> params) {
        nonce = Math.max(nonce + 1, clock.wallMs() * 1_000);
        String body = "nonce=" + nonce + form(params);
        Map<String, String> headers = Map.of(
                "API-Key",
                key,
                "API-Sign",
                signature(path, Long.toString(nonce), body),
                "Content-Type",
                "application/x-www-form-urlencoded");
        return new Signed(path, headers, body);
    }

    private static String form(Map<String, String> params) {
        StringBuilder form = new StringBuilder();
        params.forEach((name, value) ->
                form.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return form.toString();
    }

    private String signature(String path, String nonceText, String body) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest((nonceText + body).getBytes(StandardCharsets.UTF_8));
            Mac mac = Mac.getInstance("HmacSHA512");
            mac.init(new SecretKeySpec(secret, "HmacSHA512"));
            mac.update(path.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(mac.doFinal(hash));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256 and HmacSHA512", e);
        }
    }

    void onAccepted() {
        leap = FIRST_LEAP;
    }

    void onNonceRefused() {
        nonce += leap;
        leap *= 2;
    }
}
