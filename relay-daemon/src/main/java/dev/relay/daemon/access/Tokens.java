package dev.relay.daemon.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The secrets that stand for a name, or for an operator. Only their digests are kept, so that no log, dump or text of this object shows
 * one; they are compared in constant time. Immutable.
 */
public final class Tokens {
    private static final byte[] NOBODY = new byte[0];

    private final byte[] admin;
    private final Map<String, byte[]> byName = new HashMap<>();

    /** {@code byName}: token by {@code namespace/name}. {@code adminToken} null: there is none. */
    public Tokens(@Nullable String adminToken, Map<String, String> byName) {
        this.admin = adminToken == null ? NOBODY : digest(adminToken);
        byName.forEach((name, token) -> this.byName.put(name, digest(token)));
    }

    public static Tokens none() {
        return new Tokens(null, Map.of());
    }

    public boolean isAdmin(String token) {
        return MessageDigest.isEqual(digest(token), admin);
    }

    boolean holds(String namespace, String name, String token) {
        return MessageDigest.isEqual(digest(token), byName.getOrDefault(namespace + "/" + name, NOBODY));
    }

    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }

    @Override
    public String toString() {
        return "Tokens[names=" + byName.size() + ", admin=" + (admin.length > 0) + "]";
    }
}
