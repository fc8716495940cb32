package dev.relay.daemon.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/**
 * A file that holds secrets: ours, 0600, no symbolic link, at most {@value #MAX_BYTES} bytes; anything else is refused at the start
 * (invariant I48). What it says never gets into a message. Start only.
 */
public final class SecretFile {
    private static final int MAX_BYTES = 1 << 20;
    private static final int TOKEN_BYTES = 32;
    private static final int GROUP_OR_OTHERS = 0077;
    private static final int FILE_TYPE = 0170000;
    private static final int REGULAR = 0100000;

    private SecretFile() {}

    /** The file's text. */
    static String read(Path file, String key) {
        requirePrivate(file, key);
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw refused(key, file, "cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    /** The token in the file; a new one of 256 random bits when there is no file yet. {@code key}: what named the file, for the refusal. */
    public static String readOrCreateToken(Path file, String key) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            create(file, key);
        }
        String token = read(file, key).strip();
        if (token.length() < TokenFile.MIN_TOKEN_CHARS) {
            throw refused(key, file, "holds no token; remove it to have one made");
        }
        return token;
    }

    private static void create(Path file, String key) {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        try (var channel = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(StandardCharsets.US_ASCII.encode(HexFormat.of().formatHex(random) + "\n"));
        } catch (IOException e) {
            throw refused(key, file, "cannot be created (" + e + ")");
        }
    }

    private static void requirePrivate(Path file, String key) {
        try {
            Map<String, Object> found = Files.readAttributes(file, "unix:mode,uid,size", LinkOption.NOFOLLOW_LINKS);
            int mode = (int) found.getOrDefault("mode", 0);
            if ((mode & FILE_TYPE) != REGULAR) {
                throw refused(key, file, "is not a regular file");
            }
            if ((int) found.getOrDefault("uid", -1) != OwnUser.uid()) {
                throw refused(key, file, "belongs to another user");
            }
            if ((mode & GROUP_OR_OTHERS) != 0) {
                throw refused(key, file, "can be read by other users; run: chmod 600 " + file);
            }
            if ((long) found.getOrDefault("size", 0L) > MAX_BYTES) {
                throw refused(key, file, "is larger than " + MAX_BYTES + " bytes");
            }
        } catch (IOException e) {
            throw refused(key, file, "cannot be examined (" + e + ")");
        }
    }

    static StartRefusedException refused(String key, Path file, String why) {
        return new StartRefusedException(key + ": " + file + " " + why);
    }
}
