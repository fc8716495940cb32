package dev.relay.cli.supervisor;

import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The children of this host's supervisor, for the next one; replaced as a whole. One supervisor at a time by a lock that dies with it. Supervisor's thread. */
final class RunFile implements AutoCloseable {
    private final Path dir;
    private final FileChannel locked;

    private RunFile(Path dir, FileChannel locked) {
        this.dir = dir;
        this.locked = locked;
    }

    /** The directory is made when it is missing; an {@link IOException} when another supervisor has it. */
    static RunFile open(Path dir) throws IOException {
        Files.createDirectories(
                dir.resolve("logs"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        FileChannel channel =
                FileChannel.open(dir.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            throw new IOException("another supervisor has " + dir);
        }
        return new RunFile(dir, channel);
    }

    Path logs() {
        return dir.resolve("logs");
    }

    List<Saved> read() throws IOException {
        Path file = file();
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            List<Saved> children = new ArrayList<>();
            if (Json.object(Files.readString(file)).get("children") instanceof List<?> rows) {
                rows.forEach(row -> children.add(child((Map<?, ?>) row)));
            }
            return children;
        } catch (JsonException | IllegalArgumentException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    void write(List<Saved> children) throws IOException {
        Map<String, Object> json =
                Map.of("children", children.stream().map(RunFile::row).toList());
        Path next = dir.resolve("children.next");
        Files.writeString(next, Json.write(json) + "\n");
        Path unused = Files.move(next, file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path file() {
        return dir.resolve("children.json");
    }

    private static Map<String, Object> row(Saved child) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("template", child.template());
        row.put("name", child.name());
        row.put("args", child.args());
        row.put("state", child.state().name());
        row.put("pid", child.process().pid());
        row.put("start_ticks", child.process().startTicks());
        row.put("restarts", child.restarts());
        row.put("failures", child.failures());
        row.put("last_exit", child.lastExit());
        return row;
    }

    private static Saved child(Map<?, ?> row) {
        return new Saved(
                String.valueOf(row.get("template")),
                String.valueOf(row.get("name")),
                texts(row.get("args")),
                Child.State.valueOf(String.valueOf(row.get("state"))),
                new Identity(number(row.get("pid")), number(row.get("start_ticks"))),
                number(row.get("restarts")),
                number(row.get("failures")),
                String.valueOf(row.get("last_exit")));
    }

    static Map<String, String> texts(@Nullable Object value) {
        Map<String, String> texts = new TreeMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, text) -> texts.put(String.valueOf(key), String.valueOf(text)));
        }
        return texts;
    }

    private static long number(@Nullable Object value) {
        return value instanceof Long number ? number : 0;
    }

    @Override
    public void close() throws IOException {
        locked.close();
    }
}
