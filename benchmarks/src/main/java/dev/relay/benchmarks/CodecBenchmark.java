package dev.relay.benchmarks;

import dev.relay.protocol.FrameCursor;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Limits;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One message frame of 256 bytes: written, cut out of a buffer and read. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmark {
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 12).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer payload = ByteBuffer.allocate(170);
    private final byte[] block =
            new HeaderBlock.Builder().put(HeaderKey.TOPIC, "orders.BTC-USD").build();

    /** Writes the frame. */
    @Benchmark
    public int write() {
        buffer.clear();
        FrameWriter.message(buffer, FrameType.SEND, 0, 0, 1, 3, 4, 5, 6, 0, 0, 7, 8, block, payload.clear());
        return buffer.position();
    }

    /** Writes the frame, finds its end, and reads what the daemon routes by. */
    @Benchmark
    public long writeAndRead() {
        int end = write();
        int length = FrameCursor.next(buffer, 0, end, Limits.MAX_FRAME_BYTES);
        return length
                + MessageHeader.seq(buffer, 0)
                + MessageHeader.epoch(buffer, 0)
                + MessageHeader.flags(buffer, 0)
                + HeaderBlock.find(buffer, 0, HeaderKey.TOPIC);
    }
}
