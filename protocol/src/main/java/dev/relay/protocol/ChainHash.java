package dev.relay.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The hash that chains rows of an audit: SHA-256 over the hash of the row before, the time, and each field with its length.
 * The daemon's store and the sidecar's journal use the same, so that one tool verifies both. Stateless.
 */
public final class ChainHash {
    private static final int BYTES = 32;
    private static final HexFormat HEX = HexFormat.of();

    private ChainHash() {}

    /** What stands before the first row. */
    public static byte[] start() {
        return new byte[BYTES];
    }

    public static byte[] next(byte[] previous, long atMs, String... fields) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(previous);
            sha.update(ByteBuffer.allocate(Long.BYTES).putLong(0, atMs));
            for (String field : fields) {
                byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
                sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
                sha.update(bytes);
            }
            return sha.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }

    public static String text(byte[] hash) {
        return HEX.formatHex(hash);
    }

    public static byte[] parse(String text) {
        return HEX.parseHex(text);
    }
}
