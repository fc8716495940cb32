package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Room held back on the store's disk (I29): a file of noise that is given up when the disk is full, so that acks and dead letters of what was accepted can still be
 * committed while the router refuses new messages. It is made again when there is room for it and a quarter more. Store thread only.
 */
final class Ballast {
    static final String FILE = "relay.ballast";
    private static final int CHUNK_BYTES = 1 << 20;

    private final Path file;
    private final long bytes;
    private boolean isHeld;

    /** {@code bytes} 0 holds nothing back, and then nothing is ever missing. */
    Ballast(Path dataDir, long bytes) {
        this.file = dataDir.resolve(FILE);
        this.bytes = bytes;
    }

    /** True when the whole of it lies on the disk. */
    boolean isHeld() {
        return isHeld || bytes == 0;
    }

    /** Gives the room to the store; true when there was some. */
    boolean free() throws IOException {
        if (!isHeld || bytes == 0) {
            return false;
        }
        isHeld = false;
        discard();
        return true;
    }

    /** Takes the room, or leaves the disk as it is when there is not enough. */
    void hold() throws IOException {
        if (isHeld()) {
            return;
        }
        if (Files.exists(file) && Files.size(file) == bytes) {
            isHeld = true;
            return;
        }
        if (Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace() < bytes + bytes / 4) {
            return;
        }
        try {
            write();
            isHeld = true;
        } catch (IOException e) {
            discard();
            if (!isNoSpace(e)) {
                throw e;
            }
        }
    }

    /** Noise, because a file system may keep zeros without keeping room for anything else. */
    private void write() throws IOException {
        Set<StandardOpenOption> options =
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        try (FileChannel channel = FileChannel.open(
                file, options, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            SplittableRandom random = new SplittableRandom(bytes);
            byte[] chunk = new byte[CHUNK_BYTES];
            for (long left = bytes; left > 0; left -= CHUNK_BYTES) {
                random.nextBytes(chunk);
                ByteBuffer b = ByteBuffer.wrap(chunk, 0, (int) Math.min(left, CHUNK_BYTES));
                while (b.hasRemaining()) {
                    int unused = channel.write(b);
                }
            }
        }
    }

    private void discard() throws IOException {
        if (Files.exists(file)) {
            FileChannel.open(file, StandardOpenOption.WRITE).truncate(0).close();
            Files.delete(file);
        }
    }

    /** Java tells a full disk from other errors by the system's words only. */
    static boolean isNoSpace(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left") || message.contains("quota exceeded");
    }
}
