package dev.relay.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * The partitions of a work group: which one a message goes to, and their addresses. The daemon decides; clients may ask beforehand. A key
 * goes to CRC-32 (that of zlib) of its bytes modulo {@value #COUNT}; what has no key goes round by its seq, so that a message that is sent
 * again goes where it went before. Stateless.
 */
public final class Partitions {
    public static final int COUNT = 64;
    /** Between group and partition in an address. It is in no name. */
    public static final char MARK = '#';

    public static final int MAX_KEY_BYTES = 128;

    public static int ofKey(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return ofKey(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    public static int ofKey(ByteBuffer b, int at, int length) {
        CRC32 sum = new CRC32();
        for (int i = 0; i < length; i++) {
            sum.update(b.get(at + i));
        }
        return (int) (sum.getValue() & (COUNT - 1));
    }

    public static int ofSeq(long seq) {
        return (int) (seq & (COUNT - 1));
    }

    /** The name by which a partition is a recipient. */
    public static String address(String group, int partition) {
        return group + MARK + partition;
    }

    public static boolean isAddress(String name) {
        return name.indexOf(MARK) >= 0;
    }

    /** The group of an address. */
    public static String groupOf(String address) {
        return address.substring(0, address.indexOf(MARK));
    }

    /** The number in an address. */
    public static int numberOf(String address) {
        return Integer.parseInt(address.substring(address.indexOf(MARK) + 1));
    }

    private Partitions() {}
}
