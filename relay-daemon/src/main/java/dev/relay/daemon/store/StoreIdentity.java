package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code relay.id} beside the store: what the store must be, kept where damage to the store does not reach. Without it a lost or emptied database file would
 * become an empty store by itself, and a log that lost its end would lose commits in silence.
 *
 * <pre>
 * sector 0, synced at each start   magic, store uuid, boot number, CRC32C
 * sector 1, written after each     magic, number of the newest committed batch, boot of the machine, CRC32C
 *           commit, never synced
 * </pre>
 *
 * Sector 1 is written after the commit it tells of is safe, so whatever a crash does, the store may be ahead of it and never behind. Commits that do not survive power
 * loss carry the boot of the machine and count within it only; others carry 0. A sector that does not match its sum says nothing. Store thread only.
 */
final class StoreIdentity implements AutoCloseable {
    static final String FILE = "relay.id";
    static final int SECTOR_BYTES = 512;
    private static final long MAGIC = 0x524C_4159_2D49_4431L;
    private static final int UUID_CHARS = 36;
    private static final int FIELDS_BYTES = Long.BYTES + UUID_CHARS + Long.BYTES;

    /** What sector 0 says. */
    record Identity(String storeUuid, long bootNo) {}

    private static final int WITNESS_BYTES = 3 * Long.BYTES;
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private final FileChannel channel;
    private final long boot;
    private final boolean isFullSync;
    private final ByteBuffer witness = ByteBuffer.allocate(WITNESS_BYTES + Integer.BYTES);

    private StoreIdentity(FileChannel channel, long boot, boolean isFullSync) {
        this.channel = channel;
        this.boot = boot;
        this.isFullSync = isFullSync;
    }

    static StoreIdentity open(Path dataDir, boolean isFullSync) throws IOException {
        Path file = dataDir.resolve(FILE);
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return new StoreIdentity(channel, bootOfTheMachine(), isFullSync);
    }

    /** Another number after each boot; where the system does not say, another at each start. Never 0. */
    private static long bootOfTheMachine() throws IOException {
        String id = Files.isReadable(BOOT_ID) ? Files.readString(BOOT_ID) : "unknown " + System.nanoTime();
        CRC32C crc = new CRC32C();
        crc.update(id.getBytes(StandardCharsets.US_ASCII));
        return crc.getValue() | 1L << 32;
    }

    /** True when a store was ever made in this directory, whatever the file says. */
    static boolean exists(Path dataDir) throws IOException {
        Path file = dataDir.resolve(FILE);
        return Files.exists(file) && Files.size(file) > 0;
    }

    /** Null when nothing was written yet or the sector is damaged. */
    @Nullable
    Identity identity() throws IOException {
        ByteBuffer b = read(0, FIELDS_BYTES + Integer.BYTES);
        if (b == null || b.getLong(0) != MAGIC || b.getInt(FIELDS_BYTES) != sum(b, FIELDS_BYTES)) {
            return null;
        }
        byte[] uuid = new byte[UUID_CHARS];
        b.get(Long.BYTES, uuid);
        return new Identity(new String(uuid, StandardCharsets.US_ASCII), b.getLong(Long.BYTES + UUID_CHARS));
    }

    /** Number of the newest batch that must be there, -1 when that is not known. */
    long lastBatch() throws IOException {
        ByteBuffer b = read(SECTOR_BYTES, WITNESS_BYTES + Integer.BYTES);
        if (b == null || b.getLong(0) != MAGIC || b.getInt(WITNESS_BYTES) != sum(b, WITNESS_BYTES)) {
            return -1;
        }
        long writtenAtBoot = b.getLong(2 * Long.BYTES);
        return writtenAtBoot == 0 || writtenAtBoot == boot ? b.getLong(Long.BYTES) : -1;
    }

    void write(Identity identity) throws IOException {
        ByteBuffer b = ByteBuffer.allocate(SECTOR_BYTES);
        b.putLong(MAGIC);
        b.put(identity.storeUuid.getBytes(StandardCharsets.US_ASCII));
        b.putLong(identity.bootNo);
        b.putInt(sum(b, FIELDS_BYTES));
        writeFully(b.clear(), 0);
        channel.force(true);
    }

    /** Another store takes this one's place. */
    void forget() throws IOException {
        channel.truncate(0);
    }

    void committed(long batch) throws IOException {
        witness.clear().putLong(MAGIC).putLong(batch).putLong(isFullSync ? 0 : boot);
        witness.putInt(sum(witness, WITNESS_BYTES));
        writeFully(witness.flip(), SECTOR_BYTES);
    }

    private @Nullable ByteBuffer read(long at, int bytes) throws IOException {
        ByteBuffer b = ByteBuffer.allocate(bytes);
        while (b.hasRemaining() && channel.read(b, at + b.position()) > 0) {}
        return b.hasRemaining() ? null : b.flip();
    }

    private void writeFully(ByteBuffer b, long at) throws IOException {
        while (b.hasRemaining()) {
            int unused = channel.write(b, at + b.position());
        }
    }

    private static int sum(ByteBuffer b, int bytes) {
        CRC32C crc = new CRC32C();
        crc.update(b.duplicate().clear().limit(bytes));
        return (int) crc.getValue();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
