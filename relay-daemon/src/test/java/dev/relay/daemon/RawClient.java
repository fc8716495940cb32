package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameCursor;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client without any SDK: writes frames of up to 64 KiB or plain bytes, and keeps what comes back. A reader thread fills its queue; an
 * empty buffer stands for the end.
 */
public final class RawClient implements AutoCloseable {
    private static final long DEADLINE_MS = 5_000;
    private static final Frame END = new Frame(ByteBuffer.allocate(0));

    private final SocketChannel channel;
    private final BlockingQueue<Frame> received = new LinkedBlockingQueue<>();
    private final List<Frame> seen = new ArrayList<>();
    private final ByteBuffer out = ByteBuffer.allocate(64 << 10).order(ByteOrder.LITTLE_ENDIAN);
    private boolean ended;
    long epoch;
    String resume = "";

    public RawClient(Path socket) throws IOException {
        this(UnixDomainSocketAddress.of(socket));
    }

    RawClient(SocketAddress address) throws IOException {
        channel = SocketChannel.open(address);
        Thread reader = new Thread(this::read, "raw-client-reader");
        reader.setDaemon(true);
        reader.start();
    }

    /** Connects, says HELLO and has WELCOME. */
    public static RawClient agent(Path socket, String name) throws IOException {
        RawClient client = new RawClient(socket);
        client.welcome(client.hello(Map.of("name", name)));
        return client;
    }

    /** HELLO with these fields over the usual ones; the answer, whatever it is. */
    Frame hello(Map<String, Object> fields) {
        Map<String, Object> hello = new HashMap<>(Map.of("proto", List.of(1, 1), "client", "raw/1", "pid", 1));
        hello.putAll(fields);
        control(FrameType.HELLO, hello);
        return next();
    }

    Map<String, @Nullable Object> welcome(Frame answer) {
        assertThat(answer.type()).as("%s", answer).isEqualTo(FrameType.WELCOME);
        Map<String, @Nullable Object> welcome = answer.json();
        epoch = number(welcome, "epoch");
        resume = String.valueOf(welcome.get("resume"));
        return welcome;
    }

    static long number(Map<String, @Nullable Object> json, String key) {
        assertThat(json.get(key)).as("%s of %s", key, json).isInstanceOf(Long.class);
        return (Long) Objects.requireNonNull(json.get(key));
    }

    void control(int type, Map<String, Object> json) {
        frame(b -> FrameWriter.control(b, type, json));
    }

    Frame bind(int handle, String target) {
        control(
                FrameType.BIND,
                Map.of(
                        "handle",
                        handle,
                        "target_kind",
                        "agent",
                        "target",
                        target,
                        "class",
                        "message",
                        "resolved_to",
                        0));
        return await(FrameType.BOUND);
    }

    void message(int handle, long seq, int flags, String payload) {
        message(handle, seq, flags, new byte[0], payload);
    }

    void message(int handle, long seq, byte[] block, String payload) {
        message(handle, seq, 0, block, payload);
    }

    private void message(int handle, long seq, int flags, byte[] block, String payload) {
        message(handle, 0, seq, flags, block, payload);
    }

    /** {@code kind}: a handle that KIND has bound. */
    void message(int handle, int kind, long seq, int flags, byte[] block, String payload) {
        frame(b -> FrameWriter.message(
                b,
                FrameType.SEND,
                flags,
                0,
                2,
                handle,
                kind,
                epoch,
                seq,
                0,
                0,
                0x0190_0000_0000_7000L + seq,
                handle,
                block,
                ByteBuffer.wrap(payload.getBytes(StandardCharsets.UTF_8))));
    }

    void credit(int messages) {
        frame(b -> FrameWriter.credit(b, 0, messages, 1 << 20));
    }

    void ack(Frame delivered) {
        frame(b -> FrameWriter.ack(
                b, Frames.handle(delivered.b(), 0), Frames.epoch(delivered.b(), 0), Frames.seq(delivered.b(), 0), 0));
    }

    /** Refuses for good what was delivered. */
    void refuse(Frame delivered) {
        frame(b -> FrameWriter.nack(
                b,
                Frames.handle(delivered.b(), 0),
                Frames.NACK_REFUSED,
                0,
                Frames.epoch(delivered.b(), 0),
                delivered.seq(),
                "no thanks".getBytes(StandardCharsets.UTF_8)));
    }

    void frame(Consumer<ByteBuffer> writer) {
        out.clear();
        writer.accept(out);
        bytes(out.flip());
    }

    void bytes(ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            seen.add(END); // the daemon closed while we wrote: the reader sees the end too
        }
    }

    /** The next frame but PING; fails after five seconds; {@link #isEnd} at the end of the stream. */
    Frame next() {
        Frame frame = poll(DEADLINE_MS);
        assertThat(frame).as("nothing came; before: %s", seen).isNotNull();
        return Objects.requireNonNull(frame);
    }

    @Nullable
    Frame poll(long timeoutMs) {
        if (ended) {
            return END;
        }
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        try {
            for (; ; ) {
                Frame frame = received.poll(untilNs - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (frame == null) {
                    return null;
                }
                seen.add(frame);
                ended = isEnd(frame);
                if (ended || !frame.is(FrameType.PING)) {
                    return frame;
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The next frame of this type; others before it are passed over. */
    Frame await(int type) {
        for (; ; ) {
            Frame frame = next();
            assertThat(isEnd(frame))
                    .as("closed before %s; got %s", FrameType.nameOf(type), seen.size())
                    .isFalse();
            if (frame.is(type)) {
                return frame;
            }
        }
    }

    void awaitEnd() {
        for (Frame frame = next(); !isEnd(frame); frame = next()) {}
    }

    static boolean isEnd(Frame frame) {
        return frame.b().capacity() == 0;
    }

    /** True when the session still answers. */
    public boolean isAlive() {
        frame(b -> FrameWriter.ping(b, 77));
        for (Frame frame = next(); !isEnd(frame); frame = next()) {
            if (frame.is(FrameType.PONG) && Frames.pingTime(frame.b(), 0) == 77) {
                return true;
            }
        }
        return false;
    }

    private void read() {
        ByteBuffer in = ByteBuffer.allocate(64 << 10).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (channel.read(in) >= 0) {
                int at = 0;
                int length = FrameCursor.next(in, at, in.position(), Limits.MAX_FRAME_BYTES);
                while (length > 0) {
                    byte[] copy = new byte[length];
                    in.get(at, copy);
                    received.add(new Frame(ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN)));
                    at += length;
                    length = FrameCursor.next(in, at, in.position(), Limits.MAX_FRAME_BYTES);
                }
                int end = in.position();
                in.limit(end).position(at).compact();
            }
        } catch (IOException e) {
            received.add(END); // reset: the end too
            return;
        }
        received.add(END);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
