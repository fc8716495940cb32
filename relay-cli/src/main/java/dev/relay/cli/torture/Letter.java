package dev.relay.cli.torture;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * A message of a torture run. Its payload says what it is, {@code id target epoch seq padding}, so that a recipient can write down what it got without asking
 * anybody; the sender counts by itself and uses no number of the bus. A target {@code topic:NAME} is a publication.
 */
record Letter(String id, String target, long epoch, long seq, byte[] payload) {
    static final String TOPIC = "topic:";

    static Letter write(String sender, String target, long epoch, long seq, int bytes) {
        String id = sender + "." + epoch + ">" + target + "." + seq;
        StringBuilder text = new StringBuilder(bytes + 64);
        text.append(id)
                .append(' ')
                .append(target)
                .append(' ')
                .append(epoch)
                .append(' ')
                .append(seq)
                .append(' ');
        while (text.length() < bytes) {
            text.append((char) ('a' + (text.length() * 7L + seq) % 26));
        }
        return new Letter(id, target, epoch, seq, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** What a payload says; one that says nothing is a message that nobody sent. */
    static Letter read(byte[] payload) {
        String[] parts = new String(payload, StandardCharsets.UTF_8).split(" ", 5);
        try {
            return new Letter(parts[0], parts[1], Long.parseLong(parts[2]), Long.parseLong(parts[3]), payload);
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
            return new Letter("unreadable", "unreadable", 0, 0, payload);
        }
    }

    boolean isPublication() {
        return target.startsWith(TOPIC);
    }

    String topic() {
        return target.substring(TOPIC.length());
    }

    /** The fields of a history line that name the message. */
    String fields(String sender) {
        return HistoryFile.field("id", id)
                + HistoryFile.field("sender", sender)
                + (isPublication() ? HistoryFile.field("topic", topic()) : HistoryFile.field("recipient", target))
                + ",\"seq\":" + seq + ",\"epoch\":" + epoch
                + HistoryFile.field("hash", hash());
    }

    private String hash() {
        CRC32 crc = new CRC32();
        crc.update(payload);
        return Long.toHexString(crc.getValue()) + "-" + payload.length;
    }
}
