package dev.relay.daemon.transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps connections from using up the process's file descriptors: the store, the admin server and the refusal of one more connection need some too. Read once at the start. */
final class FileLimit {
    private static final Logger LOG = LoggerFactory.getLogger(FileLimit.class);
    private static final Path LIMITS = Path.of("/proc/self/limits");
    /** Jars, store, log, admin connections, and connections that are being refused. */
    private static final int RESERVED = 192;

    private static final int FEWEST = 16;

    private FileLimit() {}

    /** {@code wanted} connections, or fewer if the system allows fewer files. */
    static int within(int wanted) {
        long files = softLimit();
        int allowed = (int) Math.min(wanted, Math.max(FEWEST, files - RESERVED));
        if (allowed < wanted) {
            LOG.warn("max_connections_lowered wanted={} allowed={} open_files_limit={}", wanted, allowed, files);
        }
        return allowed;
    }

    private static long softLimit() {
        try {
            return Files.readAllLines(LIMITS).stream()
                    .filter(line -> line.startsWith("Max open files"))
                    .map(line ->
                            line.substring("Max open files".length()).strip().split(" +", 2)[0])
                    .filter(soft -> soft.matches("[0-9]{1,18}"))
                    .mapToLong(Long::parseLong)
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
        } catch (IOException e) {
            LOG.debug("open_files_limit_unknown", e);
            return Long.MAX_VALUE;
        }
    }
}
