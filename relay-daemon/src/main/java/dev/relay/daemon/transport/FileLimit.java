package dev.relay.daemon.transport;

import dev.relay.protocol.OpenFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps connections from using up the process's file descriptors: the store, the admin server and the refusal of one more connection need some too. Read once at the start. */
final class FileLimit {
    private static final Logger LOG = LoggerFactory.getLogger(FileLimit.class);
    /** Jars, store, log, admin connections, and connections that are being refused. */
    private static final int RESERVED = 192;

    private static final int FEWEST = 16;

    private FileLimit() {}

    /** {@code wanted} connections, or fewer if the system allows fewer files. */
    static int within(int wanted) {
        long files = OpenFiles.now().most();
        int allowed = (int) Math.min(wanted, Math.max(FEWEST, files - RESERVED));
        if (allowed < wanted) {
            LOG.warn("max_connections_lowered wanted={} allowed={} open_files_limit={}", wanted, allowed, files);
        }
        return allowed;
    }
}
