package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Stream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Results of acked requests that wait for other output of their connection; a table of fixed size, so that nothing is allocated. Core thread only; full, it takes no more. */
final class LazyResults {
    private final @Nullable Stream[] streams;
    private final long[] epochs;
    private final long[] seqs;
    private final int[] attempts;
    private int size;

    LazyResults(int capacity) {
        streams = new @Nullable Stream[capacity];
        epochs = new long[capacity];
        seqs = new long[capacity];
        attempts = new int[capacity];
    }

    /** False when there is no room. */
    boolean offer(Stream stream, long epoch, long seq, int attempt) {
        if (size == streams.length) {
            return false;
        }
        streams[size] = stream;
        epochs[size] = epoch;
        seqs[size] = seq;
        attempts[size++] = Math.max(1, attempt);
        return true;
    }

    int size() {
        return size;
    }

    Stream stream(int i) {
        return Objects.requireNonNull(streams[i]);
    }

    long epoch(int i) {
        return epochs[i];
    }

    long seq(int i) {
        return seqs[i];
    }

    int attempts(int i) {
        return attempts[i];
    }

    /** The last one takes its place. */
    void remove(int i) {
        size--;
        streams[i] = streams[size];
        epochs[i] = epochs[size];
        seqs[i] = seqs[size];
        attempts[i] = attempts[size];
        streams[size] = null;
    }
}
