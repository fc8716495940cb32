package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.stream.Stream;

/**
 * Puts a damaged store aside, whole, under {@code quarantine/} in the data directory. Nothing is ever deleted there. {@code relay.id} stays, so every later start
 * refuses until an operator restores a backup or says that the loss is accepted.
 */
final class Quarantine {
    static final String DIRECTORY = "quarantine";
    static final String DATABASE = "relay.db";
    private static final String KEPT_LOG = "relay.db-wal-kept";
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);

    /**
     * Holds on to the log before SQLite opens it: SQLite takes what it finds good in it and deletes the rest, which is what somebody may want to look at.
     */
    static void keepLog(Path dataDir) throws IOException {
        Path log = dataDir.resolve(DATABASE + "-wal");
        Files.deleteIfExists(dataDir.resolve(KEPT_LOG));
        if (Files.exists(log)) {
            try {
                Files.createLink(dataDir.resolve(KEPT_LOG), log);
            } catch (UnsupportedOperationException e) {
                Files.copy(log, dataDir.resolve(KEPT_LOG));
            }
        }
    }

    static void dropKeptLog(Path dataDir) throws IOException {
        Files.deleteIfExists(dataDir.resolve(KEPT_LOG));
    }

    /** Moves the database and its log; returns where they are. */
    static Path move(Path dataDir, String reason) throws IOException {
        Path target = freeDirectory(dataDir.resolve(DIRECTORY));
        Files.writeString(target.resolve("REASON"), reason + System.lineSeparator());
        for (String name : new String[] {DATABASE, DATABASE + "-wal", DATABASE + "-shm"}) {
            Path file = dataDir.resolve(name);
            if (Files.exists(file)) {
                Files.move(file, target.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        Path kept = dataDir.resolve(KEPT_LOG);
        if (Files.exists(kept)) {
            Files.move(kept, target.resolve(DATABASE + "-wal"), StandardCopyOption.REPLACE_EXISTING);
        }
        Path identity = dataDir.resolve(StoreIdentity.FILE);
        if (Files.exists(identity)) {
            Files.copy(identity, target.resolve(StoreIdentity.FILE));
        }
        return target;
    }

    /** How many damaged or replaced stores are kept. */
    static long count(Path dataDir) throws IOException {
        Path directory = dataDir.resolve(DIRECTORY);
        if (!Files.exists(directory)) {
            return 0;
        }
        try (Stream<Path> kept = Files.list(directory)) {
            return kept.count();
        }
    }

    private static Path freeDirectory(Path parent) throws IOException {
        Files.createDirectories(parent);
        String name = NAME.format(Instant.now());
        for (int i = 0; ; i++) {
            Path target = parent.resolve(i == 0 ? name : name + "-" + i);
            if (!Files.exists(target)) {
                return Files.createDirectory(target);
            }
        }
    }

    private Quarantine() {}
}
