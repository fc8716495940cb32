package dev.relay.exchange.kraken;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.ApiKey;
import dev.relay.exchange.http.RestRequest;
import dev.relay.exchange.market.Venue;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Who sends a private request, and the tokens of private connections. A request carries the key, a nonce that is higher
 * than every one before it, and base64 HMAC-SHA512 over path and SHA-256 of nonce and body; the secret is base64. A token
 * opens a subscription for 15 minutes after it was given. Exchange loop only; the newest {@value #MOST_TOKENS} are kept.
 */
final class KrakenKeys {
    private static final long TOKEN_MS = 15 * 60_000;
    private static final int MOST_TOKENS = 1_000;

    private final Venue venue;
    private final Map<String, Long> nonces = new HashMap<>();
    private final Map<String, Token> tokens = new LinkedHashMap<>();

    private record Token(String key, long untilMs) {}

    KrakenKeys(Venue venue) {
        this.venue = venue;
    }

    Account account(RestRequest request, Map<String, String> form) {
        String key = request.apiKey();
        String signature = request.apiSecret();
        Account account = key == null ? null : venue.accounts().ofKey(key);
        if (key == null
                || signature == null
                || account == null
                || !(venue.accounts().key(key) instanceof ApiKey.Hmac known)) {
            throw new KrakenError("EAPI:Invalid key");
        }
        String nonce = form.getOrDefault("nonce", "");
        byte[] expected = sign(known.secret(), request.path(), nonce, request.body());
        if (!MessageDigest.isEqual(expected, signature.getBytes(StandardCharsets.UTF_8))) {
            throw new KrakenError("EAPI:Invalid signature");
        }
        if (!nonce.matches("[0-9]{1,18}") || Long.parseLong(nonce) <= nonces.getOrDefault(key, -1L)) {
            throw new KrakenError("EAPI:Invalid nonce");
        }
        nonces.put(key, Long.valueOf(nonce));
        return account;
    }

    private static byte[] sign(String secret, String path, String nonce, String body) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest((nonce + body).getBytes(StandardCharsets.UTF_8));
            Mac mac = Mac.getInstance("HmacSHA512");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret), "HmacSHA512"));
            mac.update(path.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encode(mac.doFinal(hash));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256 and HmacSHA512", e);
        } catch (IllegalArgumentException notBase64) {
            throw new KrakenError("EAPI:Invalid key");
        }
    }

    String newToken(String key) {
        String token = UUID.randomUUID().toString();
        tokens.put(token, new Token(key, venue.clock().nowMs() + TOKEN_MS));
        if (tokens.size() > MOST_TOKENS) {
            tokens.remove(tokens.keySet().iterator().next());
        }
        return token;
    }

    /** Null: unknown, or too old to open something with. */
    @Nullable
    Account fresh(String token) {
        Token known = tokens.get(token);
        return known == null || known.untilMs() < venue.clock().nowMs()
                ? null
                : venue.accounts().ofKey(known.key());
    }
}
