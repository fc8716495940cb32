package dev.relay.daemon.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** Makes sure of a directory that only its owner can change: 0700 or 0750, ours, no symbolic link, below nothing that strangers may swap. Start only. */
public final class PrivateDirectory {
    private static final int GROUP_WRITE_OR_OTHERS = 0027;
    private static final int OTHERS_WRITE = 0002;
    private static final int STICKY = 01000;

    private PrivateDirectory() {}

    /** Creates it 0700 when missing. */
    public static void require(Path directory, ConfigKey key) {
        create(directory, key);
        if (Files.isSymbolicLink(directory)) {
            throw refused(
                    key, directory, "is a symbolic link, which can be pointed elsewhere; name the real directory");
        }
        if (!Files.isDirectory(directory)) {
            throw refused(key, directory, "is not a directory");
        }
        Mode mode = mode(directory, key);
        if (mode.uid() != OwnUser.uid()) {
            throw refused(key, directory, "belongs to user id " + mode.uid() + ", not to " + OwnUser.uid());
        }
        if ((mode.bits() & GROUP_WRITE_OR_OTHERS) != 0) {
            throw refused(
                    key,
                    directory,
                    "is open to other users (mode " + Integer.toOctalString(mode.bits() & 07777) + "); run: chmod 700 "
                            + directory);
        }
        requireSafeParents(directory, key);
    }

    /** 0700 from now on: nobody else looks in while it is being set up. */
    public static void close(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }

    /** 0750 for this group. */
    public static void openTo(Path directory, String group) throws IOException {
        setGroup(directory, group);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-x---"));
    }

    /** {@code group} is a name or a number. */
    public static void setGroup(Path path, String group) throws IOException {
        if (group.matches("[0-9]{1,9}")) {
            Files.setAttribute(path, "unix:gid", Integer.parseInt(group), LinkOption.NOFOLLOW_LINKS);
            return;
        }
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setGroup(path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group));
    }

    /** Creates a file 0600 when it is missing, so that whoever opens it next cannot make it readable to others. */
    public static Path ownFile(Path file, ConfigKey key) {
        try {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            return file;
        } catch (IOException e) {
            throw refused(key, file, "cannot be created (" + e + ")");
        }
    }

    private static void requireSafeParents(Path directory, ConfigKey key) {
        for (Path up = directory.getParent(); up != null; up = up.getParent()) {
            int bits = mode(up, key).bits();
            if ((bits & OTHERS_WRITE) != 0 && (bits & STICKY) == 0) {
                throw refused(key, directory, "lies in " + up + ", where every user may rename files");
            }
        }
    }

    private static void create(Path directory, ConfigKey key) {
        try {
            if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (IOException e) {
            throw refused(key, directory, "is missing and cannot be created (" + e + ")");
        }
    }

    private static Mode mode(Path path, ConfigKey key) {
        try {
            Map<String, Object> found = Files.readAttributes(path, "unix:mode,uid");
            return new Mode((int) found.getOrDefault("mode", 0), (int) found.getOrDefault("uid", -1));
        } catch (IOException e) {
            throw refused(key, path, "cannot be examined (" + e + ")");
        }
    }

    private static StartRefusedException refused(ConfigKey key, Path directory, String why) {
        return new StartRefusedException(key.key() + ": " + directory + " " + why);
    }

    private record Mode(int bits, int uid) {}
}
