package dev.relay.daemon.store;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** A child process that makes a store of version 1, writes that down, and opens it, which brings it up. Argument: directory. */
public final class UpgradeDriver {
    public static void main(String[] arguments) throws Exception {
        Path dir = Path.of(arguments[0]);
        Schema1.create(dir);
        Files.write(
                dir.resolve(StoreDriver.MARKS),
                ByteBuffer.allocate(Long.BYTES).putLong(1).array());
        TestStore.open(new StoreSettings(dir, true, 0, 0, 1 << 20)).close();
    }

    private UpgradeDriver() {}
}
