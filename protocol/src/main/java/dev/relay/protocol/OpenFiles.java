package dev.relay.protocol;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How many files and sockets this process has open, and may have by the limit of the moment. Without any left it takes no connection, and answers no monitor that comes by a new one: so health names it while a
 * fifth is left.
 */
public record OpenFiles(long open, long most) {
    /** Where nobody can count them. */
    public static final OpenFiles UNKNOWN = new OpenFiles(0, Long.MAX_VALUE);

    private static final Path OPEN = Path.of("/proc/self/fd");
    private static final Path LIMITS = Path.of("/proc/self/limits");
    /** The soft limit; "unlimited" is no number. */
    private static final Pattern MOST = Pattern.compile("^Max open files +([0-9]{1,18}) ", Pattern.MULTILINE);

    /** Of this moment; takes longer the more are open. Any thread. */
    public static OpenFiles now() {
        return UNKNOWN.again();
    }

    /** The same of this moment. To look takes a file, too: when there is none, all are open that may be. */
    public OpenFiles again() {
        try (Stream<Path> files = Files.list(OPEN)) {
            return new OpenFiles(files.count(), limit());
        } catch (NoSuchFileException e) {
            return UNKNOWN;
        } catch (IOException | UncheckedIOException e) {
            return new OpenFiles(most, most);
        }
    }

    private static long limit() throws IOException {
        Matcher found = MOST.matcher(Files.readString(LIMITS));
        return found.find() ? Long.parseLong(found.group(1)) : Long.MAX_VALUE;
    }

    /** Less than a fifth is left. */
    public boolean areLow() {
        return open > most / 5 * 4;
    }

    @Override
    public String toString() {
        return open + " of " + most + " files are open";
    }
}
