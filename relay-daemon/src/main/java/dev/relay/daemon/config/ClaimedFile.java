package dev.relay.daemon.config;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A lock file held for the life of the daemon: at most one daemon per socket and per data directory. The kernel frees it with the process,
 * so it is never stale. The file itself stays: removing it would let two daemons hold locks on two files of one name.
 */
public final class ClaimedFile implements AutoCloseable {
    private final FileChannel channel;

    private ClaimedFile(FileChannel channel) {
        this.channel = channel;
    }

    public static ClaimedFile take(Path file, String what) {
        FileChannel channel = open(file, what);
        if (lock(channel, what) == null) {
            closeQuietly(channel);
            throw new StartRefusedException("another daemon uses " + what + " (lock " + file
                    + " is held); stop it, or choose another one with --socket and --data-dir");
        }
        return new ClaimedFile(channel);
    }

    private static FileChannel open(Path file, String what) {
        try {
            return FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (IOException e) {
            throw new StartRefusedException("cannot open the lock of " + what + ": " + e, e);
        }
    }

    private static @Nullable FileLock lock(FileChannel channel, String what) {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        } catch (IOException e) {
            closeQuietly(channel);
            throw new StartRefusedException("cannot lock " + what + ": " + e, e);
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new StartRefusedException("cannot release a lock file: " + e, e);
        }
    }
}
