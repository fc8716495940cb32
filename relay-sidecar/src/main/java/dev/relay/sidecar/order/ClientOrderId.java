package dev.relay.sidecar.order;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** Client order ids: 16 bytes as 32 lower-case hex digits, which every venue accepts. */
public final class ClientOrderId {
    private static final int BYTES = 16;
    private static final HexFormat HEX = HexFormat.of();

    private ClientOrderId() {}

    public static String of(byte[] messageId) {
        if (messageId.length != BYTES) {
            throw new IllegalArgumentException("message id must be 16 bytes, length=" + messageId.length);
        }
        return HEX.formatHex(messageId);
    }

    public static boolean isValid(String text) {
        return text.length() == 2 * BYTES
                && text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }

    /** Id of the {@code index}-th order made from one parent: the same parent and index always give the same id. */
    public static String child(String parent, int index) {
        ByteBuffer input = ByteBuffer.allocate(BYTES + Integer.BYTES);
        input.put(HEX.parseHex(parent)).putInt(index);
        return HEX.formatHex(first16(sha256(input.array())));
    }

    /** Message id of an order event: the same account and event number always give the same id. */
    public static byte[] ofEvent(String account, long eventNo) {
        byte[] name = account.getBytes(StandardCharsets.UTF_8);
        ByteBuffer input = ByteBuffer.allocate(name.length + 1 + Long.BYTES);
        input.put(name).put((byte) 0).putLong(eventNo);
        return first16(sha256(input.array()));
    }

    private static byte[] first16(byte[] digest) {
        return Arrays.copyOf(digest, BYTES);
    }

    private static byte[] sha256(byte[] input) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(input);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}
