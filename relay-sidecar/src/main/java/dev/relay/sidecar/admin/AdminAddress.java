package dev.relay.sidecar.admin;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the daemon's console where this sidecar's admin port is: the file {@value #FILE} beside the bus socket, 0600, with port, token, and
 * the process that wrote it. Removed at the end. Where the sidecar may not write there, the console has no trading pages, and nothing else
 * is missing.
 */
public final class AdminAddress implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminAddress.class);
    static final String FILE = "sidecar-admin.json";
    private final Path file;

    private AdminAddress(Path file) {
        this.file = file;
    }

    /** {@code directory}: of the bus socket. */
    public static AdminAddress publish(Path directory, int port, AdminGuard guard) {
        AdminAddress address = new AdminAddress(directory.resolve(FILE));
        try {
            address.write(port, guard);
        } catch (IOException e) {
            LOG.warn("console_has_no_trading_pages file={} error={}", address.file, e.toString());
        }
        return address;
    }

    private void write(int port, AdminGuard guard) throws IOException {
        ProcessHandle self = ProcessHandle.current();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("port", port);
        json.put("pid", self.pid());
        json.put(
                "started_at_ms",
                self.info().startInstant().map(Instant::toEpochMilli).orElse(0L));
        json.put("token", guard.token());
        Files.deleteIfExists(file);
        try (var out = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            out.write(ByteBuffer.wrap(new ObjectMapper().writeValueAsBytes(json)));
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }
}
