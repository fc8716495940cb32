package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Json;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What the heart allocates: for a message that is routed to a live recipient, acked and receipted nothing, cuts of batches included; for an agent little, however many there are. */
class AllocationTest {
    private static final int WARM_UP = 200_000;
    private static final int MEASURED = 1_000_000;
    private static final int BATCH = 50;
    private static final int MANY = 1_000;

    private final ManualClock clock = new ManualClock();
    private final NullStore store = new NullStore();
    private final Bus bus =
            new Bus(BusConfig.defaults("test"), clock, store, store.open(), new SplittableRandom(1), reason -> {
                throw new IllegalStateException(reason);
            });
    private final Wire sender = new Wire();
    private final Wire recipient = new Wire();
    private final ByteBuffer in = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer payload = ByteBuffer.allocate(192);
    private byte[] block = HeaderBlock.EMPTY;
    private long seq;
    private long acked;

    private void join(Wire wire, String name) {
        hello(wire, name);
        wire.epoch = (Long)
                java.util.Objects.requireNonNull(Json.control(wire.out, 0).get("epoch"));
    }

    private void hello(MemoryConnection agent, String name) {
        bus.onConnect(agent);
        say(agent, b -> FrameWriter.control(b, FrameType.HELLO, Map.of("proto", List.of(1L, 1L), "name", name)));
        endOfBatch();
    }

    private void say(MemoryConnection agent, Consumer<ByteBuffer> encode) {
        in.clear();
        encode.accept(in);
        bus.onFrame(agent, in, 0);
    }

    private void endOfBatch() {
        bus.endOfBatch();
        while (store.complete()) {
            bus.endOfBatch();
        }
    }

    @Test
    void shouldAllocateNothingPerDirectMessage() {
        join(sender, "sender");
        join(recipient, "recipient");
        say(
                sender,
                b -> FrameWriter.control(
                        b,
                        FrameType.BIND,
                        Map.of("handle", 70_000L, "target_kind", "agent", "target", "recipient", "class", "message")));
        say(recipient, b -> FrameWriter.credit(b, 0, 2_000, 16 << 20));
        assertNoGarbage();
    }

    @Test
    void shouldAllocateNothingPerPublication() {
        join(sender, "sender");
        join(recipient, "recipient");
        block = new HeaderBlock.Builder()
                .put(HeaderKey.TOPIC, "book.binance.btcusdt")
                .build();
        say(
                sender,
                b -> FrameWriter.control(
                        b, FrameType.BIND, Map.of("handle", 70_000L, "target_kind", "topics", "target", "")));
        say(
                recipient,
                b -> FrameWriter.control(
                        b,
                        FrameType.CONTROL,
                        Map.of("ref", 1L, "op", "subscribe", "topic", "book.>", "durable", true)));
        say(recipient, b -> FrameWriter.credit(b, 0, 2_000, 16 << 20));
        endOfBatch();
        assertNoGarbage();
    }

    /** Its own buffer is the test's; nobody is told of anybody's coming who did not ask. */
    @Test
    void D21_shouldSpendAsLittleOnTheLastOfManyAgentsAsOnTheFirst() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<MemoryConnection> agents = new ArrayList<>();
        joinMany(agents);
        long before = threads.getCurrentThreadAllocatedBytes();
        joinMany(agents);
        long early = threads.getCurrentThreadAllocatedBytes() - before;
        while (agents.size() < 9 * MANY) {
            joinMany(agents);
        }
        before = threads.getCurrentThreadAllocatedBytes();
        joinMany(agents);
        long late = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(early / MANY).as("bytes for one agent").isLessThan(64 << 10);
        assertThat(late).isLessThan(2 * early);
        assertThat(agents).allMatch(agent -> Frames.len(agent.out, 0) == agent.out.position());
    }

    private void joinMany(List<MemoryConnection> agents) {
        for (int i = 0; i < MANY; i++) {
            MemoryConnection agent = new MemoryConnection(agents.size(), 2 << 10);
            agents.add(agent);
            hello(agent, "agent-" + agents.size());
        }
    }

    private void assertNoGarbage() {
        route(WARM_UP);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        route(MEASURED);
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(sender.deliveries).isZero();
        assertThat(recipient.deliveries).isEqualTo(WARM_UP + MEASURED);
        assertThat(sender.sentUpTo).isEqualTo(seq);
        assertThat(store.commits).isPositive();
        assertThat(bytes).as("bytes allocated for %d messages", MEASURED).isLessThan(MEASURED / 100);
    }

    /** Half of the read batches are acked before the cut, half behind it, as in a busy daemon. */
    private void route(int messages) {
        for (int i = 0; i < messages; i += BATCH) {
            for (int k = 0; k < BATCH; k++) {
                in.clear();
                FrameWriter.message(
                        in, FrameType.SEND, 0, 0, 0, 70_000, 0, sender.epoch, ++seq, 0, 0, 1, seq, block, payload);
                bus.onFrame(sender, in, 0);
            }
            if ((i / BATCH) % 2 == 0) {
                bus.endOfBatch();
            }
            in.clear();
            FrameWriter.ack(in, 1, sender.epoch, seq, 0);
            bus.onFrame(recipient, in, 0);
            clock.nowNs += 100_000;
            bus.onTimer();
            bus.endOfBatch();
            if (store.complete()) {
                bus.endOfBatch();
            }
            sender.drain();
            recipient.drain();
        }
        clock.nowNs += 20_000_000;
        bus.onTimer();
        endOfBatch();
        sender.drain();
        recipient.drain();
    }

    /** Counts frames and forgets them. */
    private static final class Wire extends MemoryConnection {
        long epoch;
        long deliveries;
        long sentUpTo;

        Wire() {
            super(1, 1 << 20);
        }

        void drain() {
            for (int at = 0; at < out.position(); at += (int) Frames.len(out, at)) {
                int type = Frames.type(out, at);
                deliveries += type == FrameType.DELIVER ? 1 : 0;
                sentUpTo = type == FrameType.SENT ? Frames.seq(out, at) : sentUpTo;
            }
            out.clear();
        }
    }
}
