package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** One writer per store (I33): a lock on a file beside it, released by the system however the process ends. */
final class StoreLock implements AutoCloseable {
    private final FileChannel channel;

    private StoreLock(FileChannel channel) {
        this.channel = channel;
    }

    static StoreLock take(Path file) throws StoreException {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) != null) {
                return new StoreLock(channel);
            }
            channel.close();
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Cause.IO, "cannot lock the store: file=" + file + ": " + e.getMessage(), e);
        }
        throw new StoreException(
                StoreException.Cause.LOCKED,
                "another daemon has this store: lock=" + file + "; stop it, or give this one its own data directory");
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
