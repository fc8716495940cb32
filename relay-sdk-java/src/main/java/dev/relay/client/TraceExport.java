package dev.relay.client;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Sends finished spans of this process to an OpenTelemetry collector: OTLP over HTTP, as JSON, from a thread of its own ("relay-spans").
 * Nobody who ends a span waits. Bounded: {@value #QUEUE} spans wait and one more is dropped; {@value #BATCH} go in one request, which is
 * tried once within {@value #TIMEOUT_MS} ms and otherwise lost; both are counted.
 */
public final class TraceExport implements AutoCloseable {
    private static final int QUEUE = 4_096;
    private static final int BATCH = 512;
    private static final int TIMEOUT_MS = 3_000;
    private static final long EVERY_MS = 250;

    private final URI endpoint;
    private final String service;
    private final double ratio;
    private final BlockingQueue<Span> queue = new ArrayBlockingQueue<>(QUEUE);
    private final LongAdder exported = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final long offsetNs;
    private final Thread thread = new Thread(this::run, "relay-spans");
    private volatile boolean isOver;

    /**
     * @param endpoint where the collector takes traces, as {@code http://127.0.0.1:4318/v1/traces}
     * @param ratio share of the traces that begin here; of those that others have begun all or nothing, as their sender decided
     */
    TraceExport(URI endpoint, String service, double ratio) {
        if (!"http".equals(endpoint.getScheme()) && !"https".equals(endpoint.getScheme())) {
            throw new IllegalArgumentException("traces go to http or https: endpoint=" + endpoint);
        }
        if (!(ratio >= 0 && ratio <= 1)) {
            throw new IllegalArgumentException("the ratio of traces must be 0 to 1: ratio=" + ratio);
        }
        this.endpoint = endpoint;
        this.service = service;
        this.ratio = ratio;
        Instant now = Instant.now();
        offsetNs = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - System.nanoTime();
        thread.setDaemon(true);
        thread.start();
    }

    /** Spans that the collector has taken. */
    public long exported() {
        return exported.sum();
    }

    /** Spans lost for want of room, or because the collector did not take them. */
    public long dropped() {
        return dropped.sum();
    }

    boolean startsTrace() {
        return ThreadLocalRandom.current().nextDouble() < ratio;
    }

    /** Unix time, never stepping back. */
    long nowNs() {
        return System.nanoTime() + offsetNs;
    }

    void take(Span span) {
        if (isOver || !queue.offer(span)) {
            dropped.increment();
        }
    }

    private void run() {
        List<Span> batch = new ArrayList<>(BATCH);
        while (!isOver || !queue.isEmpty()) {
            gather(batch);
            if (!batch.isEmpty()) {
                (send(batch) ? exported : dropped).add(batch.size());
                batch.clear();
            }
        }
    }

    /** Waits for a first span, then a moment for more. */
    private void gather(List<Span> batch) {
        try {
            Span first = queue.poll(EVERY_MS, TimeUnit.MILLISECONDS);
            if (first != null) {
                batch.add(first);
                if (!isOver) {
                    TimeUnit.MILLISECONDS.sleep(EVERY_MS);
                }
            }
        } catch (InterruptedException e) {
            // closing: what is there goes at once
        }
        queue.drainTo(batch, BATCH - batch.size());
    }

    private boolean send(List<Span> batch) {
        HttpURLConnection http = null;
        try {
            http = (HttpURLConnection) endpoint.toURL().openConnection();
            http.setConnectTimeout(TIMEOUT_MS);
            http.setReadTimeout(TIMEOUT_MS);
            http.setDoOutput(true);
            http.setRequestProperty("Content-Type", "application/json");
            try (OutputStream out = http.getOutputStream()) {
                out.write(OtlpJson.write(service, batch));
            }
            return http.getResponseCode() / 100 == 2;
        } catch (IOException e) {
            return false; // counted; the next batch tries again
        } finally {
            disconnect(http);
        }
    }

    private static void disconnect(@Nullable HttpURLConnection http) {
        if (http != null) {
            http.disconnect();
        }
    }

    /** Sends what waits, for at most two requests' time, and takes no more. */
    @Override
    public void close() {
        isOver = true;
        thread.interrupt();
        try {
            thread.join(2 * TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
