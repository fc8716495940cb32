package dev.relay.sidecar.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps a second writer out of a journal for as long as it is open; the system gives it back when the process dies. */
record JournalLock(FileChannel channel, FileLock lock) implements AutoCloseable {
    /** @throws JournalException when this or another process has it */
    static JournalLock take(Path lockFile, Path journal) throws IOException {
        FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return new JournalLock(channel, lock);
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new JournalException("journal is in use by this process, file=" + journal, e);
        }
        channel.close();
        throw new JournalException("journal is in use by another sidecar; stop it first, file=" + journal);
    }

    @Override
    public void close() throws IOException {
        lock.release();
        channel.close();
    }
}
