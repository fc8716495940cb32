package dev.relay.benchmarks;

import dev.relay.daemon.routing.Bus;
import dev.relay.daemon.routing.BusConfig;
import dev.relay.protocol.Clock;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.Json;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The heart of the daemon without sockets and disk: 50 messages of 256 bytes accepted, delivered, acked and receipted in one turn; and 50
 * repeats, told apart by their mark.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouterBenchmark {
    private static final int BATCH = 50;

    private final ForgetfulStore store = new ForgetfulStore();
    private final Bus bus = new Bus(
            BusConfig.defaults("benchmark"), Clock.system(), store, store.open(), new SplittableRandom(1), reason -> {
                throw new IllegalStateException(reason);
            });
    private final MemoryConnection sender = new MemoryConnection(1);
    private final MemoryConnection recipient = new MemoryConnection(2);
    private final ByteBuffer in = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer payload = ByteBuffer.allocate(192);
    private long senderEpoch;
    private long seq;

    /** Two open sessions, the stream bound, credit given. */
    @Setup
    public void open() {
        senderEpoch = join(sender, "sender");
        join(recipient, "recipient");
        say(
                sender,
                b -> FrameWriter.control(
                        b,
                        FrameType.BIND,
                        Map.of("handle", 1L, "target_kind", "agent", "target", "recipient", "class", "message")));
        say(recipient, b -> FrameWriter.credit(b, 0, 2_000, 16 << 20));
        endOfTurn();
    }

    private long join(MemoryConnection connection, String name) {
        bus.onConnect(connection);
        say(connection, b -> FrameWriter.control(b, FrameType.HELLO, Map.of("proto", List.of(1L, 1L), "name", name)));
        long epoch =
                (Long) Objects.requireNonNull(Json.control(connection.out, 0).get("epoch"));
        endOfTurn();
        return epoch;
    }

    private void say(MemoryConnection connection, Consumer<ByteBuffer> encode) {
        in.clear();
        encode.accept(in);
        bus.onFrame(connection, in, 0);
    }

    private void endOfTurn() {
        bus.endOfBatch();
        while (store.complete()) {
            bus.endOfBatch();
        }
        sender.out.clear();
        recipient.out.clear();
    }

    private void send(long number) {
        in.clear();
        FrameWriter.message(
                in,
                FrameType.SEND,
                0,
                0,
                0,
                1,
                0,
                senderEpoch,
                number,
                0,
                0,
                7,
                number,
                HeaderBlock.EMPTY,
                payload.clear());
        bus.onFrame(sender, in, 0);
    }

    /** Per message: accepted, delivered, acked, receipted. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void route() {
        for (int i = 0; i < BATCH; i++) {
            send(++seq);
        }
        endOfTurn();
        in.clear();
        FrameWriter.ack(in, 1, senderEpoch, seq, 0);
        bus.onFrame(recipient, in, 0);
        endOfTurn();
    }

    /** Per repeat of a message that was acked long ago. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void deduplicate() {
        if (seq == 0) {
            route();
        }
        for (int i = 0; i < BATCH; i++) {
            send(1);
        }
        endOfTurn();
    }
}
