package dev.relay.daemon.session;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proves that a connection belongs to the process that was given an epoch: HMAC-SHA-256 of the store's key over name and epoch. Stateless
 * after construction.
 */
public final class ResumeToken {
    private final SecretKeySpec key;

    public ResumeToken(byte[] storeKey) {
        key = new SecretKeySpec(storeKey, "HmacSHA256");
    }

    public String issue(String agentKey, long epoch) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return HexFormat.of().formatHex(mac.doFinal((agentKey + "|" + epoch).getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is part of every JDK", e);
        }
    }

    /** Compares in constant time. */
    public boolean isValid(String agentKey, long epoch, String token) {
        return MessageDigest.isEqual(
                issue(agentKey, epoch).getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }
}
