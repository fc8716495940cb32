package dev.relay.sidecar.record;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPOutputStream;

/** One compressed part of a recording: a line at a time. Recorder thread only. A part never overwrites a file. */
final class PartWriter implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Counted counted;
    private final GZIPOutputStream zip;

    PartWriter(Path file) throws IOException {
        counted = new Counted(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW));
        zip = new GZIPOutputStream(new BufferedOutputStream(counted, BUFFER_BYTES), BUFFER_BYTES, true);
    }

    void line(String text) throws IOException {
        zip.write(text.getBytes(StandardCharsets.UTF_8));
        zip.write('\n');
    }

    /** What was written so far can be read after a crash. */
    void flush() throws IOException {
        zip.flush();
    }

    /** Compressed bytes handed to the file. */
    long bytes() {
        return counted.bytes;
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }

    private static final class Counted extends FilterOutputStream {
        private long bytes;

        Counted(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            bytes++;
        }

        @Override
        public void write(byte[] source, int from, int length) throws IOException {
            out.write(source, from, length);
            bytes += length;
        }
    }
}
