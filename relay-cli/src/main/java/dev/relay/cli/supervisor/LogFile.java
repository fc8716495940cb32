package dev.relay.cli.supervisor;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * What an agent prints, in a file that it appends to itself, so that no pipe breaks when the supervisor ends. Above its bound it is copied
 * to {@code NAME.log.1} and emptied; lines written in between the two are lost. Supervisor's thread.
 */
final class LogFile {
    private static final int TAIL_BYTES = 4 << 10;

    private final Path path;

    LogFile(Path dir, String agent) {
        this.path = dir.resolve(agent + ".log");
    }

    Path path() {
        return path;
    }

    void bound(long maxBytes) throws IOException {
        if (size() > maxBytes) {
            Files.copy(path, path.resolveSibling(path.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                file.truncate(0);
            }
        }
    }

    List<String> tail(int lines) throws IOException {
        long size = size();
        if (size == 0) {
            return List.of();
        }
        byte[] bytes = new byte[(int) Math.min(TAIL_BYTES, size)];
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(size - bytes.length);
            int read = Math.max(0, file.read(bytes));
            List<String> all = new String(bytes, 0, read, StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.replaceAll("\\p{Cntrl}", "?"))
                    .toList();
            return List.copyOf(all.subList(Math.max(0, all.size() - lines), all.size()));
        }
    }

    private long size() throws IOException {
        try {
            return Files.size(path);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }
}
