package dev.relay.benchmarks.peer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** The same closed loop as {@code relay bench}: requests and waited-for sends one at a time, sends in a window. At most {@code window} are under way. */
final class PeerLoad {
    private static final long PATIENCE_S = 20;

    private final Peer peer;
    private final String mode;
    private final byte[] payload;
    private final int window;

    PeerLoad(Peer peer, String mode, byte[] payload, int window) {
        this.peer = peer;
        this.mode = mode;
        this.payload = payload;
        this.window = mode.equals("send") ? window : 1;
    }

    Map<String, Object> run(long ms) throws Exception {
        Histogram latencies = new ConcurrentHistogram(3);
        Semaphore places = new Semaphore(window);
        AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
        long startNs = System.nanoTime();
        long endNs = startNs + TimeUnit.MILLISECONDS.toNanos(ms);
        long calls = 0;
        for (long nowNs = startNs; nowNs - endNs < 0; nowNs = System.nanoTime(), calls++) {
            if (mode.equals("request")) {
                peer.request(payload);
                latencies.recordValue(System.nanoTime() - nowNs);
            } else {
                take(places, 1);
                peer.send(payload, receipt(nowNs, latencies, places, failed));
                if (window == 1) {
                    peer.flush();
                }
            }
        }
        peer.flush();
        take(places, window);
        Throwable failure = failed.get();
        if (failure != null) {
            throw new IllegalStateException("a send failed", failure);
        }
        return figures(calls, System.nanoTime() - startNs, latencies);
    }

    private static Receipt receipt(
            long sentNs, Histogram latencies, Semaphore places, AtomicReference<@Nullable Throwable> failed) {
        return failure -> {
            if (failure != null) {
                failed.compareAndSet(null, failure);
            }
            latencies.recordValue(System.nanoTime() - sentNs);
            places.release();
        };
    }

    private static void take(Semaphore places, int count) throws InterruptedException, TimeoutException {
        if (!places.tryAcquire(count, PATIENCE_S, TimeUnit.SECONDS)) {
            throw new TimeoutException("no receipt within " + PATIENCE_S + " s");
        }
    }

    private static Map<String, Object> figures(long calls, long tookNs, Histogram latencies) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("count", calls);
        figures.put("per_second", calls * TimeUnit.SECONDS.toNanos(1) / Math.max(1, tookNs));
        figures.put("p50_us", latencies.getValueAtPercentile(50) / 1_000.0);
        figures.put("p90_us", latencies.getValueAtPercentile(90) / 1_000.0);
        figures.put("p99_us", latencies.getValueAtPercentile(99) / 1_000.0);
        figures.put("p999_us", latencies.getValueAtPercentile(99.9) / 1_000.0);
        figures.put("max_us", latencies.getMaxValue() / 1_000.0);
        return figures;
    }
}
