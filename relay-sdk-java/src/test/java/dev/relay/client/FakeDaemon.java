package dev.relay.client;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** As little of a daemon as a client needs to be open, on a thread: greets one connection, then reads and says what the test wants said. */
final class FakeDaemon implements AutoCloseable {
    private final ServerSocketChannel listener;
    private final CompletableFuture<SocketChannel> peer = new CompletableFuture<>();
    final Path socket;

    FakeDaemon(Path dir) throws IOException {
        socket = dir.resolve("s");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        Thread thread = new Thread(this::serve, "fake-daemon");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        try {
            SocketChannel accepted = listener.accept();
            ByteBuffer in = ByteBuffer.allocate(1 << 16);
            accepted.read(in);
            write(
                    accepted,
                    FrameType.WELCOME,
                    Map.of("store_uuid", "s", "boot_no", 1, "epoch", 5L << 32, "resume", "aa", "resumed", false));
            peer.complete(accepted);
            while (accepted.read(in.clear()) >= 0) {
                // What the client says is not looked at.
            }
        } catch (IOException e) {
            peer.completeExceptionally(e);
        }
    }

    void say(int type, Map<String, ?> json) throws Exception {
        write(peer.get(10, TimeUnit.SECONDS), type, json);
    }

    /** The position {@code seq} of a lane that was told before. */
    void deliver(int lane, int kind, long seq) throws Exception {
        ByteBuffer out = ByteBuffer.allocate(1 << 10).order(ByteOrder.LITTLE_ENDIAN);
        FrameWriter.message(
                out,
                FrameType.DELIVER,
                0,
                0,
                0,
                lane,
                kind,
                1L << 32,
                seq,
                0,
                1,
                7,
                seq,
                new byte[0],
                ByteBuffer.allocate(8));
        peer.get(10, TimeUnit.SECONDS).write(out.flip());
    }

    private static void write(SocketChannel to, int type, Map<String, ?> json) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);
        FrameWriter.control(out, type, json);
        to.write(out.flip());
    }

    @Override
    public void close() throws IOException {
        listener.close();
        if (peer.isDone() && !peer.isCompletedExceptionally()) {
            peer.join().close();
        }
    }
}
