package dev.relay.daemon.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A file system of a few megabytes in memory, where a disk can be filled for real. Needs the right to mount. */
public final class SmallDisk implements AutoCloseable {
    private static final int CHUNK_BYTES = 4_096;

    private final Path directory;

    private SmallDisk(Path directory) {
        this.directory = directory;
    }

    /** Null when this user may not mount; says on one line what is not run then. */
    public static @Nullable SmallDisk mount(Path directory, int megabytes, String what) throws IOException {
        Files.createDirectories(directory);
        String options = "size=" + megabytes + "m,mode=0700";
        if (run("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString()) != 0) {
            System.out.println("not run: " + what + " (needs the right to mount a tmpfs)");
            return null;
        }
        return new SmallDisk(directory);
    }

    public Path directory() {
        return directory;
    }

    /** Leaves not a page free. */
    public void fill() throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        try (OutputStream out = Files.newOutputStream(filler())) {
            while (true) {
                out.write(chunk);
            }
        } catch (IOException e) {
            if (!Ballast.isNoSpace(e)) {
                throw e;
            }
        }
    }

    public void free() throws IOException {
        Files.deleteIfExists(filler());
    }

    private Path filler() {
        return directory.resolve("filler");
    }

    private static int run(String... command) throws IOException {
        Process process = new ProcessBuilder(List.of(command))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted: " + command[0], e);
        }
    }

    @Override
    public void close() throws IOException {
        if (run("umount", directory.toString()) != 0) {
            throw new IOException("cannot unmount " + directory);
        }
    }
}
