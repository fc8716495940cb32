package dev.relay.sidecar.record;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.relay.sidecar.venue.FrameTap;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.InstrumentList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes everything a feed receives, with receipt times, as JSON lines into compressed parts. The feed thread hands over
 * lines and never waits; the recorder's own thread compresses and writes.
 *
 * <p>Bounded: {@value #MAX_LINES} lines or {@value #MAX_BYTES} bytes wait. What comes then is left out, counted, and the
 * hole is written into the recording, so that nobody takes it for the venue's. A failed write ends the recording; its
 * cause is in {@link #problem}.
 */
public final class Recorder implements FrameTap, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
    private static final int MAX_LINES = 50_000;
    private static final long MAX_BYTES = 256L << 20;
    private static final int FLUSH_EVERY_MS = 1_000;
    private static final long CLOSE_WAIT_MS = 10_000;

    private final RecordConfig config;
    private final ArrayBlockingQueue<String> lines = new ArrayBlockingQueue<>(MAX_LINES);
    private final AtomicLong waitingBytes = new AtomicLong();
    private final List<Path> parts = new ArrayList<>();
    private final Thread thread;
    private final long startedWallUs = System.currentTimeMillis() * 1_000;
    private final long startedNs = System.nanoTime();
    private volatile List<String> instruments = List.of();
    private volatile boolean isClosing;
    private volatile @Nullable IOException problem;
    private volatile long frames;
    private volatile long lost;
    private long owedLost;

    /** @throws IOException if the folder cannot be used */
    public Recorder(RecordConfig config) throws IOException {
        this.config = config;
        Files.createDirectories(config.dir());
        thread = new Thread(this::run, "sidecar-recorder");
        thread.setDaemon(true);
        thread.start();
    }

    // --- feed thread ---

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the feed thread
    public void onFrame(int connection, byte[] frame, int length) {
        String text = new String(frame, 0, length, StandardCharsets.UTF_8);
        frames++;
        put("{\"ts\":" + now() + ",\"conn\":" + connection + ",\"frame\":" + quoted(text) + "}");
    }

    @Override
    public void onOpened(int connection, String uri) {
        put("{\"ts\":" + now() + ",\"conn\":" + connection + ",\"opened\":" + quoted(uri) + "}");
    }

    @Override
    public void onClosed(int connection, String reason) {
        put("{\"ts\":" + now() + ",\"conn\":" + connection + ",\"closed\":" + quoted(reason) + "}");
    }

    @Override
    public void onSent(int connection, String text) {
        put("{\"ts\":" + now() + ",\"conn\":" + connection + ",\"sent\":" + quoted(text) + "}");
    }

    @Override
    public void onRest(String pathAndQuery, byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8);
        put("{\"ts\":" + now() + ",\"rest\":" + quoted(pathAndQuery) + ",\"body\":" + quoted(text) + "}");
    }

    @Override
    public void onInstruments(InstrumentList list) {
        List<String> described = new ArrayList<>();
        for (Instrument instrument : list.instruments()) {
            described.add("{\"instrument\":" + quoted(instrument.venueSymbol()) + ",\"symbol\":"
                    + quoted(instrument.symbol()) + ",\"price_decimals\":"
                    + instrument.priceScale().decimals() + ",\"quantity_decimals\":"
                    + instrument.quantityScale().decimals() + "}");
        }
        instruments = List.copyOf(described);
        described.forEach(this::put);
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + text.length() / 8 + 2).append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, out);
        return out.append('"').toString();
    }

    /** Unix seconds with microseconds, never stepping back. */
    private String now() {
        long us = startedWallUs + (System.nanoTime() - startedNs) / 1_000;
        return String.format(Locale.ROOT, "%d.%06d", us / 1_000_000, us % 1_000_000);
    }

    private void put(String line) {
        if (owedLost > 0 && !offer("{\"ts\":" + now() + ",\"lost\":" + owedLost + "}")) {
            lose();
            return;
        }
        owedLost = 0;
        if (!offer(line)) {
            lose();
        }
    }

    private boolean offer(String line) {
        if (waitingBytes.get() + line.length() > MAX_BYTES || !lines.offer(line)) {
            return false;
        }
        waitingBytes.addAndGet(line.length());
        return true;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the feed thread
    private void lose() {
        owedLost++;
        lost++;
    }

    // --- recorder thread ---

    private void run() {
        try {
            boolean goesOn = true;
            while (goesOn) {
                goesOn = writePart();
            }
        } catch (IOException e) {
            problem = e;
            LOG.error("recording_failed dir={} problem={}", config.dir(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** True when another part has to follow. */
    private boolean writePart() throws IOException, InterruptedException {
        long beganNs = System.nanoTime();
        long flushedNs = beganNs;
        try (PartWriter part = new PartWriter(newFile())) {
            part.line("{\"relay_recording\":1,\"venue\":\"" + config.venueName() + "\",\"part\":" + partCount() + "}");
            for (String instrument : instruments) {
                part.line(instrument);
            }
            while (!isOver(part, beganNs)) {
                String line = lines.poll(FLUSH_EVERY_MS / 4, TimeUnit.MILLISECONDS);
                if (line != null) {
                    waitingBytes.addAndGet(-line.length());
                    part.line(line);
                } else if (isClosing) {
                    return false;
                }
                if (System.nanoTime() - flushedNs > TimeUnit.MILLISECONDS.toNanos(FLUSH_EVERY_MS)) {
                    flushedNs = System.nanoTime();
                    part.flush();
                }
            }
        }
        return true;
    }

    private boolean isOver(PartWriter part, long beganNs) {
        return part.bytes() >= config.maxPartBytes()
                || System.nanoTime() - beganNs >= TimeUnit.MILLISECONDS.toNanos(config.maxPartMs());
    }

    private Path newFile() {
        synchronized (parts) {
            String name = String.format(
                    Locale.ROOT, "%s-%d-%05d.jsonl.gz", config.venueName(), startedWallUs / 1_000, parts.size() + 1);
            Path file = config.dir().resolve(name);
            parts.add(file);
            return file;
        }
    }

    private int partCount() {
        synchronized (parts) {
            return parts.size();
        }
    }

    // --- any thread ---

    /** Parts in order; together they are one recording. */
    public List<Path> parts() {
        synchronized (parts) {
            return List.copyOf(parts);
        }
    }

    public long frames() {
        return frames;
    }

    /** Lines left out because the disk could not keep up. */
    public long lost() {
        return lost;
    }

    /** Why the recording ended early, null while it goes on. */
    public @Nullable IOException problem() {
        return problem;
    }

    /** Writes what is waiting and ends the last part; call it after the feed is closed. */
    @Override
    public void close() {
        isClosing = true;
        try {
            thread.join(CLOSE_WAIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
