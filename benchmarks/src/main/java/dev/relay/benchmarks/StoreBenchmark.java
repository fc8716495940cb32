package dev.relay.benchmarks;

import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.SqliteStore;
import dev.relay.daemon.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One commit with fsync of so many frames of 256 bytes in one lane, and the floor that finishes those of the commit before. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StoreBenchmark {
    private static final int FRAME_BYTES = 256;
    private static final int LANE = 1;
    private static final int STREAM = 1;
    private static final long EPOCH = 1L << 32;

    /** Frames in a commit. */
    @Param({"50", "500"})
    public int frames;

    private final BlockingQueue<Runnable> core = new ArrayBlockingQueue<>(16);
    private final Batch batch = new Batch();
    private final ByteBuffer frame = ByteBuffer.allocate(FRAME_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private @Nullable Path dir;
    private @Nullable SqliteStore store;
    private long seq;

    /** A new store in a directory of its own. */
    @Setup(Level.Trial)
    public void open() throws IOException, StoreException {
        dir = Files.createTempDirectory("relay-benchmark");
        store = new SqliteStore(dir, true, core::add);
        store.open();
        batch.agents.add(new Recovered.AgentRow("default", "sender", 1, EPOCH));
        batch.agents.add(new Recovered.AgentRow("default", "recipient", 1, EPOCH));
        batch.streams.add(new Recovered.StreamRow(STREAM, "default", "sender", "recipient", 0, EPOCH, 0));
        batch.lanes.add(new Recovered.LaneRow(LANE, "default", "sender", "recipient", 0, EPOCH, 0, new long[0], 0, 0));
    }

    /** From the cut to the word that it is committed. */
    @Benchmark
    public void commit() throws InterruptedException {
        batch.no++;
        batch.wallMs = batch.no;
        batch.bootNo = 1;
        long done = seq;
        for (int i = 0; i < frames; i++) {
            frame.putInt(0, FRAME_BYTES).putLong(16, EPOCH).putLong(24, ++seq);
            int offset = batch.addFrame(frame, 0, FRAME_BYTES);
            batch.addIndex(LANE, offset, FRAME_BYTES, EPOCH, seq);
        }
        batch.addMark(STREAM, EPOCH, seq);
        batch.addFloor(LANE, EPOCH, done, new long[0]);
        if (batch.no > 1) {
            batch.addEmptySegment(batch.no - 1);
        }
        Objects.requireNonNull(store).commit(batch, outcome -> batch.clear());
        core.take().run();
    }

    /** Closes the store and deletes its files. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        Objects.requireNonNull(store).close();
        try (var files = Files.walk(Objects.requireNonNull(dir))) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
