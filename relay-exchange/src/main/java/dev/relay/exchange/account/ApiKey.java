package dev.relay.exchange.account;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** How an account proves its requests: a shared secret, or an Ed25519 public key. Immutable. */
public sealed interface ApiKey permits ApiKey.Hmac, ApiKey.Ed25519 {
    String key();

    /** Does this signature belong to this payload? */
    boolean verifies(String payload, String signature);

    /** HMAC-SHA256 in hex. */
    record Hmac(String key, String secret) implements ApiKey {
        @Override
        public boolean verifies(String payload, String signature) {
            byte[] expected = sign(secret, payload).getBytes(StandardCharsets.UTF_8);
            byte[] given = signature.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
            return MessageDigest.isEqual(expected, given);
        }

        public static String sign(String secret, String payload) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
                return HexFormat.of().formatHex(mac.doFinal(payload.getBytes(StandardCharsets.UTF_8)));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every JDK has HmacSHA256", e);
            }
        }

        @Override
        public String toString() {
            return "Hmac[key=" + key + "]";
        }
    }

    /** Ed25519 signatures in base64; the key in X.509 encoding, base64 (the body of a PEM file). */
    record Ed25519(String key, String publicKeyBase64) implements ApiKey {
        @Override
        public boolean verifies(String payload, String signature) {
            try {
                byte[] encoded = Base64.getDecoder().decode(publicKeyBase64);
                PublicKey publicKey = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
                Signature verifier = Signature.getInstance("Ed25519");
                verifier.initVerify(publicKey);
                verifier.update(payload.getBytes(StandardCharsets.UTF_8));
                return verifier.verify(Base64.getDecoder().decode(signature));
            } catch (GeneralSecurityException | IllegalArgumentException notASignature) {
                return false;
            }
        }
    }
}
