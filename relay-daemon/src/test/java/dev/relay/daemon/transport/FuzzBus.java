package dev.relay.daemon.transport;

import dev.relay.daemon.routing.Bus;
import dev.relay.daemon.routing.BusConfig;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.CommitOutcome;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.StoredFrame;
import dev.relay.protocol.Clock;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A whole bus in virtual time without sockets, on a store that keeps dead letters and commits everything at the end of a turn; with one honest session. */
final class FuzzBus implements Clock, AutoCloseable {
    private static final long WALL_MS = 1_767_225_600_000L;

    private final ArrayDeque<Runnable> completions = new ArrayDeque<>();
    private final Map<Long, DeadLetterRow> letters = new TreeMap<>();
    private final ByteBuf read = Unpooled.directBuffer(128 << 10);
    private final Bus bus;
    private @Nullable FuzzPeer honest;
    private long nowNs = 1;
    private long lastId;

    FuzzBus() {
        bus = new Bus(
                BusConfig.defaults("fuzz"), this, new LetterStore(), recovered(), new SplittableRandom(1), reason -> {
                    throw new IllegalStateException("fail-stop: " + reason);
                });
        FuzzPeer first = connect();
        ByteBuffer hello = ByteBuffer.allocate(1_024).order(ByteOrder.LITTLE_ENDIAN);
        FrameWriter.control(hello, FrameType.HELLO, Map.of("proto", List.of(1, 1), "name", "honest"));
        first.feed(hello.array(), 0, hello.position());
        turn(1);
        honest = first;
    }

    private static Recovered recovered() {
        return Recovered.fresh("00000000-0000-7000-8000-000000000001");
    }

    FuzzPeer connect() {
        FuzzPeer peer = new FuzzPeer(bus, ++lastId, read);
        bus.onConnect(peer);
        return peer;
    }

    /** Time passes, timers run, receipts leave, the store answers. */
    void turn(int ms) {
        if (honest != null && !isHonestServed()) {
            throw new AssertionError("the honest session was not served");
        }
        nowNs += TimeUnit.MILLISECONDS.toNanos(ms);
        bus.onTimer();
        bus.endOfBatch();
        for (Runnable done = completions.poll(); done != null; done = completions.poll()) {
            done.run();
            bus.endOfBatch();
        }
    }

    boolean isHonestServed() {
        FuzzPeer peer = Objects.requireNonNull(honest);
        peer.written = 0;
        ByteBuffer ping = ByteBuffer.allocate(Frames.PING_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        FrameWriter.ping(ping, 77);
        peer.feed(ping.array(), 0, ping.position());
        return peer.written >= Frames.PING_BYTES && !peer.isClosing();
    }

    @Override
    public long nanoTime() {
        return nowNs;
    }

    @Override
    public long wallMs() {
        return WALL_MS + TimeUnit.NANOSECONDS.toMillis(nowNs);
    }

    /** Nothing is read back: lanes stay in memory here. */
    private final class LetterStore implements MessageStore {
        @Override
        public Recovered open() {
            return recovered();
        }

        @Override
        public void commit(Batch batch, Consumer<CommitOutcome> done) {
            completions.add(() -> {
                batch.deadLetters.forEach(dead -> letters.put(dead.row().no(), dead.row()));
                batch.droppedDeadLetters.forEach(letters::remove);
                done.accept(CommitOutcome.COMMITTED);
            });
        }

        @Override
        public void readPage(
                int lane, long epoch, long seq, int messages, int bytes, Consumer<List<StoredFrame>> done) {
            completions.add(() -> done.accept(List.of()));
        }

        @Override
        public void deadLetters(long after, int limit, Consumer<List<DeadLetterRow>> done) {
            List<DeadLetterRow> rows = letters.values().stream()
                    .filter(row -> row.no() > after)
                    .limit(limit)
                    .toList();
            completions.add(() -> done.accept(rows));
        }

        @Override
        public void deadLetter(long no, Consumer<@Nullable DeadLetterRow> done) {
            DeadLetterRow row = letters.get(no);
            completions.add(() -> done.accept(row));
        }

        @Override
        public void close() {}
    }

    @Override
    public void close() {
        Objects.requireNonNull(honest).end();
        read.release();
    }
}
