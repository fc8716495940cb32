package dev.relay.daemon.transport;

import dev.relay.daemon.config.ClaimedFile;
import dev.relay.daemon.config.ConfigKey;
import dev.relay.daemon.config.OwnUser;
import dev.relay.daemon.config.PrivateDirectory;
import dev.relay.daemon.config.StartRefusedException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * Owns the path of the bus socket: the lock beside it, the removal of a stale one, and its appearance. The server binds {@link #staging()} and listens; {@link #publish()} makes it
 * 0600 (0660 for a group) and renames it, so that the public name never shows a socket with other modes or nobody listening. Called by the thread that starts and stops the daemon.
 */
final class SocketClaim implements AutoCloseable {
    private static final int FILE_TYPE = 0170000;
    private static final int SOCKET_TYPE = 0140000;

    private final Path socket;
    private final ClaimedFile lock;
    private final String group;
    /** Which file it is once it is published; null before. */
    private volatile @Nullable Object published;

    private SocketClaim(Path socket, ClaimedFile lock, String group) {
        this.socket = socket;
        this.lock = lock;
        this.group = group;
    }

    /** For the owner alone. */
    static SocketClaim take(Path socket) {
        return take(socket, "");
    }

    /** {@code group} may enter the directory and the socket once it is published; "" is nobody. */
    static SocketClaim take(Path socket, String group) {
        Path directory = parent(socket);
        PrivateDirectory.require(directory, ConfigKey.SOCKET);
        ClaimedFile lock = ClaimedFile.take(directory.resolve(name(socket) + ".lock"), "socket " + socket);
        SocketClaim claim = new SocketClaim(socket, lock, group);
        try {
            PrivateDirectory.close(directory);
            claim.clear();
            return claim;
        } catch (IOException e) {
            lock.close();
            throw new StartRefusedException("socket " + socket + ": cannot be prepared: " + e, e);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Where the server binds: a name of at most the same length in the same private directory. */
    Path staging() {
        return parent(socket).resolve(".n");
    }

    /** Until here the directory is 0700, whatever the modes of the socket: the umask under which it was bound does not matter. */
    void publish() throws IOException {
        Files.setPosixFilePermissions(
                staging(), PosixFilePermissions.fromString(group.isEmpty() ? "rw-------" : "rw-rw----"));
        if (!group.isEmpty()) {
            PrivateDirectory.setGroup(staging(), group);
        }
        Object file = fileAt(staging());
        Files.move(staging(), socket, StandardCopyOption.ATOMIC_MOVE);
        published = file;
        if (!group.isEmpty()) {
            PrivateDirectory.openTo(parent(socket), group);
        }
    }

    /** False when somebody has removed or replaced the socket that was published. Any thread. */
    boolean isThere() {
        Object ours = published;
        try {
            return ours == null || ours.equals(fileAt(socket));
        } catch (IOException e) {
            return false;
        }
    }

    private static @Nullable Object fileAt(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /** What others have put in its place is left alone. */
    @Override
    public void close() {
        try {
            if (published != null && isThere()) {
                Files.deleteIfExists(socket);
            }
        } catch (IOException e) {
            throw new StartRefusedException("socket " + socket + ": cannot be removed: " + e, e);
        } finally {
            lock.close();
        }
    }

    private void clear() throws IOException {
        Files.deleteIfExists(staging());
        if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        int mode = (int) Files.getAttribute(socket, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        int owner = (int) Files.getAttribute(socket, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        if ((mode & FILE_TYPE) != SOCKET_TYPE) {
            throw new StartRefusedException("socket " + socket + ": exists and is not a socket; it is left alone");
        }
        if (owner != OwnUser.uid()) {
            throw new StartRefusedException(
                    "socket " + socket + ": belongs to user id " + owner + "; it is left alone");
        }
        requireStale();
        Files.delete(socket);
    }

    private void requireStale() throws IOException {
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            throw new StartRefusedException(
                    "socket " + socket + ": another process is listening on it (" + probe + ")");
        } catch (ConnectException e) {
            return; // refused: nobody listens, the file was left by a process that died
        }
    }

    private static Path parent(Path socket) {
        Path parent = socket.getParent();
        if (parent == null) {
            throw new StartRefusedException("socket " + socket + ": must be a file in a directory");
        }
        return parent;
    }

    private static String name(Path socket) {
        return String.valueOf(socket.getFileName());
    }
}
