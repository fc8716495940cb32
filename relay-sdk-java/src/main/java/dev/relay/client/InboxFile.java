package dev.relay.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * An inbox in one file: a log of records, each the last finished position of a lane and, if the handler gave one, the lane's state. A record is one
 * append with a checksum, so that after a crash it is there or it is not; a torn tail is cut off when the file is opened. Position and state
 * stand in the same record: an agent whose whole effect is that state has it exactly once.
 *
 * <p>Fsync: {@link #at} leaves it to the operating system, which survives the death of the process; a power loss can take the newest records, whose
 * messages then come again, flagged. {@link #synced} calls fdatasync for each record and survives power loss, at the disk's pace.
 *
 * <p>Safe for any thread. Bounded: past {@value #COMPACT_BYTES} bytes and four times what the newest records need, the log is rewritten with one record
 * per lane. The file is locked against other processes for as long as it is open.
 */
public final class InboxFile implements InboxStore {
    private static final long COMPACT_BYTES = 1 << 20;
    private static final int HEADER_BYTES = 16;
    private static final long MAGIC = 0x584F424E49594C52L; // "RLYINBOX"
    private static final int FORMAT = 1;
    private static final int MAX_STATE_BYTES = 1 << 20;
    private static final long LOCK_WAIT_MS = 5_000;

    private record LaneId(String store, String sender, String laneClass) {}

    private final Path path;
    private final boolean isSynced;
    private final Map<LaneId, InboxRecord> newest = new LinkedHashMap<>();
    private FileChannel channel;
    private final FileChannel lockChannel;
    private final FileLock lock;
    private long end;
    private long compactAt = COMPACT_BYTES;

    private InboxFile(Path path, boolean isSynced) {
        this.path = path.toAbsolutePath();
        this.isSynced = isSynced;
        FileChannel locked = null;
        try {
            locked = FileChannel.open(
                    this.path.resolveSibling(this.path.getFileName() + ".lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            this.lock = lock(locked);
            this.lockChannel = locked;
            this.channel = FileChannel.open(
                    this.path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            recover();
        } catch (IOException e) {
            closeQuietly(locked);
            throw failed("open", e);
        }
    }

    /** Opens or creates the file; it survives the death of the process. */
    public static InboxFile at(Path path) {
        return new InboxFile(path, false);
    }

    /** The same with an fdatasync per record: it survives power loss too. */
    public static InboxFile synced(Path path) {
        return new InboxFile(path, true);
    }

    @Override
    public synchronized List<InboxPosition> load() {
        return newest.values().stream().map(InboxRecord::position).toList();
    }

    /** The state that the lane's last finished message left, empty when there is none. With several stores, that of the highest epoch. */
    public synchronized byte[] state(String sender, String laneClass) {
        InboxRecord found = null;
        for (InboxRecord entry : newest.values()) {
            InboxPosition p = entry.position();
            boolean isLane = p.sender().equals(sender) && p.laneClass().equals(laneClass);
            if (isLane && (found == null || p.isAbove(found.position()))) {
                found = entry;
            }
        }
        return found == null ? new byte[0] : found.state().clone();
    }

    @Override
    public synchronized void done(InboxPosition position, byte[] state) {
        if (state.length > MAX_STATE_BYTES) {
            throw new IllegalArgumentException(
                    "lane state too large: bytes=" + state.length + " limitBytes=" + MAX_STATE_BYTES);
        }
        LaneId lane = laneOf(position);
        InboxRecord before = newest.get(lane);
        if (before != null && !position.isAbove(before.position())) {
            throw new AlreadyDone(position);
        }
        byte[] kept = state.length == 0 && before != null ? before.state() : state.clone();
        InboxRecord entry = new InboxRecord(position, kept);
        append(entry);
        newest.put(lane, entry);
        if (end > compactAt) {
            compact();
        }
    }

    private static LaneId laneOf(InboxPosition p) {
        return new LaneId(p.store(), p.sender(), p.laneClass());
    }

    // ---- the file

    private static FileLock lock(FileChannel file) throws IOException {
        long deadlineNs = System.nanoTime() + LOCK_WAIT_MS * 1_000_000;
        while (true) {
            FileLock found = tryLock(file);
            if (found != null) {
                return found;
            }
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IOException("another process has it open");
            }
            LockSupport.parkNanos(20_000_000L);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            throw new IOException("this process has it open already", e);
        }
    }

    /** Reads what is whole and cuts off the rest. A file of another kind is refused, never overwritten. */
    private void recover() throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        if (all.limit() < HEADER_BYTES) {
            writeHeader(channel);
            channel.truncate(HEADER_BYTES);
            end = HEADER_BYTES;
            return;
        }
        if (all.getLong(0) != MAGIC || all.getInt(8) != FORMAT) {
            throw new IOException("it is not an inbox of this version");
        }
        int at = HEADER_BYTES;
        int length;
        while ((length = InboxRecord.lengthAt(all, at)) > 0) {
            InboxRecord entry = InboxRecord.read(all, at);
            newest.put(laneOf(entry.position()), entry);
            at += length;
        }
        end = at;
        channel.truncate(end);
        compactAt = Math.max(COMPACT_BYTES, end);
    }

    private static void writeHeader(FileChannel to) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(MAGIC).putInt(FORMAT).putInt(0).flip();
        writeAll(to, header, 0);
    }

    private static void writeAll(FileChannel to, ByteBuffer bytes, long at) throws IOException {
        long position = at;
        while (bytes.hasRemaining()) {
            position += to.write(bytes, position);
        }
    }

    /** One write; when it fails, what it left is cut off, so that the next record stands behind a whole one. */
    private void append(InboxRecord entry) {
        ByteBuffer record = entry.encode();
        int length = record.remaining();
        try {
            writeAll(channel, record, end);
            if (isSynced) {
                channel.force(false);
            }
            end += length;
        } catch (IOException e) {
            try {
                channel.truncate(end);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw failed("write", e);
        }
    }

    /** Writes one record per lane into a new file, synced, and puts it in the old one's place. When that fails the old one is kept. */
    private void compact() {
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        FileChannel to = null;
        try {
            to = FileChannel.open(
                    fresh,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            writeHeader(to);
            long at = HEADER_BYTES;
            for (InboxRecord entry : newest.values()) {
                ByteBuffer record = entry.encode();
                int length = record.remaining();
                writeAll(to, record, at);
                at += length;
            }
            to.force(true);
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            channel.close();
            channel = to;
            end = at;
            compactAt = Math.max(COMPACT_BYTES, at * 4);
        } catch (IOException e) {
            closeQuietly(to);
            compactAt = end * 2;
        }
    }

    @Override
    public synchronized void close() {
        try {
            channel.close();
            lock.release();
            lockChannel.close();
        } catch (IOException e) {
            throw failed("close", e);
        }
    }

    private static void closeQuietly(@Nullable FileChannel open) {
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // What made us give it up is reported; the operating system closes the rest.
            }
        }
    }

    private RelayException failed(String what, IOException e) {
        RelayException failure = new RelayException(
                "INBOX_FAILED",
                "cannot " + what + " the inbox: path=" + path + " error=" + e.getMessage()
                        + ". Free disk space or choose another file; the message will come again.");
        failure.initCause(e);
        return failure;
    }
}
