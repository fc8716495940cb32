package dev.relay.client;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * One record of an {@link InboxFile}: the last finished position of a lane, and the state that its handler gave. Little-endian:
 *
 * <pre>
 *  0  length u32, of all
 *  4  crc32 u32, of what follows
 *  8  epoch u64
 * 16  seq u64
 * 24  lengths of class, sender and store, u8 each; 5 spare
 * 32  class, sender, store, state
 * </pre>
 */
record InboxRecord(InboxPosition position, byte[] state) {
    private static final int FIXED_BYTES = 32;

    ByteBuffer encode() {
        byte[] laneClass = position.laneClass().getBytes(StandardCharsets.UTF_8);
        byte[] sender = position.sender().getBytes(StandardCharsets.UTF_8);
        byte[] store = position.store().getBytes(StandardCharsets.UTF_8);
        int length = FIXED_BYTES + laneClass.length + sender.length + store.length + state.length;
        ByteBuffer b = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(length).putInt(0).putLong(position.epoch()).putLong(position.seq());
        b.put((byte) laneClass.length).put((byte) sender.length).put((byte) store.length);
        b.position(FIXED_BYTES);
        b.put(laneClass).put(sender).put(store).put(state).flip();
        return b.putInt(4, checksum(b, 0, length));
    }

    /** Length of the record at this offset, or 0 when there is none or its checksum is wrong. */
    static int lengthAt(ByteBuffer b, int at) {
        if (b.limit() - at < FIXED_BYTES) {
            return 0;
        }
        int length = b.getInt(at);
        if (length < FIXED_BYTES || length > b.limit() - at) {
            return 0;
        }
        int names = (b.get(at + 25) & 0xFF) + (b.get(at + 26) & 0xFF) + (b.get(at + 24) & 0xFF);
        boolean isWhole = FIXED_BYTES + names <= length && b.getInt(at + 4) == checksum(b, at, length);
        return isWhole ? length : 0;
    }

    /** The whole record at this offset. */
    static InboxRecord read(ByteBuffer b, int at) {
        int classLength = b.get(at + 24) & 0xFF;
        int senderLength = b.get(at + 25) & 0xFF;
        int storeLength = b.get(at + 26) & 0xFF;
        int names = at + FIXED_BYTES;
        byte[] state = new byte[b.getInt(at) - FIXED_BYTES - classLength - senderLength - storeLength];
        b.get(names + classLength + senderLength + storeLength, state);
        InboxPosition position = new InboxPosition(
                text(b, names + classLength + senderLength, storeLength),
                text(b, names + classLength, senderLength),
                text(b, names, classLength),
                b.getLong(at + 8),
                b.getLong(at + 16));
        return new InboxRecord(position, state);
    }

    private static int checksum(ByteBuffer b, int at, int length) {
        CRC32 crc = new CRC32();
        crc.update(b.slice(at + 8, length - 8));
        return (int) crc.getValue();
    }

    private static String text(ByteBuffer b, int at, int length) {
        byte[] bytes = new byte[length];
        b.get(at, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
