package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One writer per store (I33): a lock on a file beside it, released by the system however the process ends. The system knows processes only, and closing any descriptor
 * of the file ends the process's lock, so stores within one process are kept apart by a table of their own.
 */
public final class StoreLock implements AutoCloseable {
    static final String FILE = "relay.lock";
    private static final Set<Path> HELD = new HashSet<>();

    private final FileChannel channel;
    private final Path file;

    private StoreLock(FileChannel channel, Path file) {
        this.channel = channel;
        this.file = file;
    }

    /** Refuses when another daemon has it. */
    static StoreLock take(Path dataDir) throws StoreException {
        Path key = fileIn(dataDir);
        synchronized (HELD) {
            if (!HELD.add(key)) {
                throw locked(key);
            }
        }
        return lock(key, false);
    }

    /** Waits until the daemon that has it ends, however it ends. Makes SQLite ready first, which is what would take longest afterwards. */
    public static StoreLock await(Path dataDir) throws StoreException {
        SqliteSchema.warmUp();
        Path key = fileIn(dataDir);
        synchronized (HELD) {
            try {
                while (!HELD.add(key)) {
                    HELD.wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreException(StoreException.Cause.LOCKED, "gave up waiting for the store: lock=" + key, e);
            }
        }
        return lock(key, true);
    }

    private static Path fileIn(Path dataDir) {
        return dataDir.resolve(FILE).toAbsolutePath().normalize();
    }

    private static StoreLock lock(Path file, boolean isPatient) throws StoreException {
        FileChannel channel = null;
        boolean isTaken = false;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            @Nullable FileLock lock = isPatient ? channel.lock() : channel.tryLock();
            isTaken = lock != null;
            if (!isTaken) {
                throw locked(file);
            }
            return new StoreLock(channel, file);
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Cause.IO, "cannot lock the store: file=" + file + ": " + e.getMessage(), e);
        } finally {
            if (!isTaken) {
                closeQuietly(channel);
                release(file);
            }
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("cannot close the store's lock", e);
        }
    }

    private static void release(Path file) {
        synchronized (HELD) {
            HELD.remove(file);
            HELD.notifyAll();
        }
    }

    private static StoreException locked(Path file) {
        return new StoreException(
                StoreException.Cause.LOCKED,
                "another daemon has this store: lock=" + file
                        + "; stop it, give this one its own data directory, or start it with --standby");
    }

    @Override
    public void close() throws IOException {
        channel.close();
        release(file);
    }
}
