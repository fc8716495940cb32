package dev.relay.cli.torture;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What one process saw, a JSON line per event: appended, unbuffered, one write each, so that a killed process leaves all but at most its
 * last line. Times are the host's monotonic clock, the same for every process. Safe for any thread.
 */
final class HistoryFile implements AutoCloseable {
    private final FileOutputStream out;
    private final String agent;

    HistoryFile(Path file, String agent) {
        this.agent = agent;
        try {
            this.out = new FileOutputStream(file.toFile(), true);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write history file=" + file, e);
        }
    }

    void write(String event) {
        write(event, "");
    }

    /** {@code fields}: {@code ,"key":value} each. */
    synchronized void write(String event, String fields) {
        String line = "{\"t\":" + System.nanoTime() + ",\"agent\":\"" + agent + "\",\"ev\":\"" + event + "\"" + fields
                + "}\n";
        try {
            out.write(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("history is incomplete: agent=" + agent, e);
        }
    }

    static String field(String key, String value) {
        return ",\"" + key + "\":\"" + value + "\"";
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
