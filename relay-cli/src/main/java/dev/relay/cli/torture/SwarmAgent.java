package dev.relay.cli.torture;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One agent of a {@link Swarm}: its name, what WELCOME gave it, its connection, and the piece of a frame that has come so far. */
final class SwarmAgent {
    private static final byte[] NOTHING = {};

    private final String name;
    private @Nullable SocketChannel channel;
    private Map<String, @Nullable Object> welcome = Map.of();
    private byte[] piece = NOTHING;
    private boolean isOpen;

    SwarmAgent(String name) {
        this.name = name;
    }

    boolean isOpen() {
        return isOpen;
    }

    void connect(UnixDomainSocketAddress address, Selector selector) throws IOException {
        SocketChannel connected = SocketChannel.open(address);
        connected.configureBlocking(false);
        connected.register(selector, SelectionKey.OP_READ, this);
        channel = connected;
        Map<String, Object> hello = new LinkedHashMap<>();
        hello.put("proto", List.of(1L, 1L));
        hello.put("name", name);
        hello.put("client", "swarm/1");
        hello.put("pid", ProcessHandle.current().pid());
        for (String key : List.of("resume", "epoch", "boot_no", "store_uuid")) {
            Object value = welcome.get(key);
            if (value != null) {
                hello.put(key, value);
            }
        }
        byte[] body = FrameWriter.controlBody(hello);
        ByteBuffer out = frame(Frames.PREFIX_BYTES + body.length);
        FrameWriter.control(out, FrameType.HELLO, body);
        write(out);
    }

    void pong(long time) throws IOException {
        ByteBuffer out = frame(Frames.PING_BYTES);
        FrameWriter.pong(out, time);
        write(out);
    }

    private static ByteBuffer frame(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void write(ByteBuffer out) throws IOException {
        out.flip();
        Objects.requireNonNull(channel).write(out);
        if (out.hasRemaining()) {
            throw new IOException("the daemon does not read: agent=" + name);
        }
    }

    /** Fills the buffer with what was kept and what has come; false at the end of the connection. */
    boolean read(ByteBuffer in) throws IOException {
        in.clear();
        in.put(piece);
        piece = NOTHING;
        int count = Objects.requireNonNull(channel).read(in);
        in.flip();
        return count >= 0;
    }

    void keep(ByteBuffer in, int at) {
        if (at < in.limit()) {
            piece = new byte[in.limit() - at];
            in.get(at, piece);
        }
    }

    void welcome(ByteBuffer in, int at, int length) {
        welcome = Json.object(text(in, at, length));
        isOpen = true;
    }

    static String text(ByteBuffer in, int at, int length) {
        byte[] body = new byte[length - Frames.PREFIX_BYTES];
        in.get(at + Frames.PREFIX_BYTES, body);
        return new String(body, StandardCharsets.UTF_8);
    }

    void close() {
        isOpen = false;
        piece = NOTHING;
        try {
            Objects.requireNonNull(channel).close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
