package dev.relay.cli.top;

import dev.relay.cli.ProcessFloor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Data directories on file systems of 64 MB in memory, which can be filled to the last page. Needs the right to mount. */
final class SmallDisks implements AutoCloseable {
    private final List<Path> mounted = new ArrayList<>();

    void mount(Path dir) throws IOException, InterruptedException {
        Files.createDirectories(dir);
        ProcessFloor.run("mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs", dir.toString());
        mounted.add(dir);
    }

    static void fill(Path dir) throws IOException {
        byte[] page = new byte[4_096];
        try (OutputStream filler = Files.newOutputStream(dir.resolve("filler"))) {
            while (dir.toFile().getUsableSpace() > 0) {
                filler.write(page);
            }
        }
    }

    static void free(Path dir) throws IOException {
        Files.delete(dir.resolve("filler"));
    }

    /** Lazily: a process that was killed may still be on its way out. */
    @Override
    public void close() throws IOException {
        for (Path dir : mounted) {
            new ProcessBuilder("umount", "-l", dir.toString()).start().onExit().join();
        }
    }
}
