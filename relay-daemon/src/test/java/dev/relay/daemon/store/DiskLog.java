package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * What a process did to its disk, operation by operation, and what a loss of power after any of them may leave: all that was synced, and of what was not, each
 * sector as it was or as it was written, and at times torn within. Lengths that were not synced may be undone, and deletions and renamings until their directory is synced.
 */
final class DiskLog {
    static final int WRITE = 1;
    static final int SYNC = 2;
    static final int TRUNCATE = 3;
    static final int UNLINK = 4;
    static final int RENAME = 7;
    private static final int SECTOR = 512;
    private static final String DIRECTORY = ".";

    record Operation(int op, String name, long offset, byte[] data) {}

    private static final class DiskFile {
        byte[] durable = new byte[0];
        byte[] current = new byte[0];
        boolean isGone;
        String oldName = "";
    }

    private final List<Operation> operations = new ArrayList<>();
    private final Map<String, DiskFile> files = new HashMap<>();
    private int position;
    private long confirmed;

    static DiskLog read(Path log) throws IOException {
        DiskLog result = new DiskLog();
        ByteBuffer b = ByteBuffer.wrap(Files.readAllBytes(log)).order(ByteOrder.LITTLE_ENDIAN);
        while (b.hasRemaining()) {
            int op = b.getInt();
            byte[] name = new byte[b.getInt()];
            long offset = b.getLong();
            byte[] data = new byte[(int) b.getLong()];
            b.get(name).get(data);
            result.operations.add(new Operation(op, new String(name, StandardCharsets.UTF_8), offset, data));
        }
        return result;
    }

    List<Operation> operations() {
        return operations;
    }

    int size() {
        return operations.size();
    }

    /** The newest batch that was told to be committed, as of where the log was played to. */
    long confirmed() {
        return confirmed;
    }

    /** Plays the log up to an operation; never back. */
    void playTo(int end) {
        for (; position < end; position++) {
            play(operations.get(position));
        }
    }

    private void play(Operation o) {
        if (o.name.equals(StoreDriver.MARKS)) {
            confirmed = ByteBuffer.wrap(o.data).getLong();
            return;
        }
        if (o.name.equals(DIRECTORY)) {
            files.values().stream().filter(f -> f.isGone).forEach(f -> f.durable = new byte[0]);
            files.values().forEach(f -> f.oldName = "");
            return;
        }
        if (o.op == RENAME) {
            DiskFile moved = Objects.requireNonNull(files.remove(o.name));
            moved.oldName = o.name;
            files.put(new String(o.data, StandardCharsets.UTF_8), moved);
            return;
        }
        DiskFile file = files.computeIfAbsent(o.name, name -> new DiskFile());
        switch (o.op) {
            case WRITE -> {
                file.isGone = false;
                file.current = written(file.current, o.offset, o.data, o.data.length);
            }
            case TRUNCATE -> file.current = Arrays.copyOf(file.current, (int) o.offset);
            case UNLINK -> {
                file.current = new byte[0];
                file.isGone = true;
            }
            case SYNC -> file.durable = file.current.clone();
            default -> throw new IllegalStateException("op " + o.op);
        }
    }

    private static byte[] written(byte[] file, long offset, byte[] data, int length) {
        byte[] result = Arrays.copyOf(file, (int) Math.max(file.length, offset + length));
        System.arraycopy(data, 0, result, (int) offset, length);
        return result;
    }

    /** What a process killed here leaves to the next one: everything it wrote. */
    void writeCurrent(Path dir) throws IOException {
        for (Map.Entry<String, DiskFile> e : files.entrySet()) {
            if (!e.getValue().isGone) {
                Files.write(dir.resolve(e.getKey()), e.getValue().current);
            }
        }
    }

    /** What a loss of power here may leave. */
    void writeAfterPowerLoss(Path dir, SplittableRandom random) throws IOException {
        int style = random.nextInt(4);
        for (Map.Entry<String, DiskFile> e : files.entrySet()) {
            DiskFile file = e.getValue();
            if (file.isGone && (file.durable.length == 0 || random.nextBoolean())) {
                continue;
            }
            String name = file.oldName.isEmpty() || random.nextBoolean() ? e.getKey() : file.oldName;
            Files.write(dir.resolve(name), image(file, style, random));
        }
    }

    /** {@code style}: 0 keeps nothing that was not synced, 1 keeps all of it, else each sector has its own luck. */
    private static byte[] image(DiskFile file, int style, SplittableRandom random) {
        if (style == 1) {
            return file.current;
        }
        byte[] image = file.durable.clone();
        if (style == 0) {
            return image;
        }
        int length = random.nextBoolean() ? file.current.length : file.durable.length;
        image = Arrays.copyOf(image, length);
        for (int at = 0; at < Math.min(length, file.current.length); at += SECTOR) {
            int n = Math.min(SECTOR, Math.min(length, file.current.length) - at);
            int luck = random.nextInt(9);
            int kept = luck < 4 ? n : luck < 8 ? 0 : random.nextInt(n);
            System.arraycopy(file.current, at, image, at, kept);
        }
        return image;
    }
}
