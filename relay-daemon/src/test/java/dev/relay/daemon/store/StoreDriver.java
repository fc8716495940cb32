package dev.relay.daemon.store;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A child process that runs a {@link StoreScript} on a store and writes down, in the store's directory, the number of each batch right after it was told to be committed. Arguments: directory, seed,
 * batches, checkpoint bytes, {@code full} or {@code normal}.
 */
public final class StoreDriver {
    static final String MARKS = "marks";
    static final int STORE_FAILED = 74;

    public static void main(String[] arguments) throws Exception {
        Path dir = Path.of(arguments[0]);
        StoreScript script = new StoreScript(Long.parseLong(arguments[1]));
        int batches = Integer.parseInt(arguments[2]);
        StoreSettings settings =
                new StoreSettings(dir, arguments[4].equals("full"), 0, 0, Long.parseLong(arguments[3]));
        try (FileChannel marks =
                        FileChannel.open(dir.resolve(MARKS), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                TestStore store = TestStore.open(settings)) {
            for (int i = 0; i < batches; i++) {
                Batch batch = script.next();
                if (store.commit(batch) != CommitOutcome.COMMITTED) {
                    Runtime.getRuntime().halt(STORE_FAILED);
                }
                int unused = marks.write(ByteBuffer.allocate(Long.BYTES).putLong(0, batch.no));
            }
        }
    }

    private StoreDriver() {}
}
