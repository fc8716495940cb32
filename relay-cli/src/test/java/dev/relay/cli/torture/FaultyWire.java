package dev.relay.cli.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A proxy between clients and the daemon that does to bytes what networks do: cuts them into pieces down to single ones, delays and stalls
 * them, closes one direction or both at any byte, opens connections that say nothing. Every connection draws its faults from the seed;
 * after {@link #heal} bytes pass as they are. A thread accepts, and two threads a connection carry bytes, each with a generator of its own.
 */
final class FaultyWire implements AutoCloseable {
    private static final int CLEAN = 1;
    private static final long STALL_NS = 150_000_000L;

    private final Path daemon;
    private final ServerSocketChannel server;
    private final Random random;
    private final Map<SocketChannel, Boolean> open = new ConcurrentHashMap<>();
    private volatile boolean isHealed;
    final AtomicLong connections = new AtomicLong();
    final AtomicLong cuts = new AtomicLong();
    final AtomicLong halfCloses = new AtomicLong();
    final AtomicLong stalls = new AtomicLong();
    final AtomicLong pieces = new AtomicLong();

    FaultyWire(Path listen, Path daemon, long seed) {
        this.daemon = daemon;
        this.random = new Random(seed);
        try {
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(listen));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("accept", this::acceptAll);
    }

    /** From now on nothing more goes wrong; what is broken stays broken until its client connects anew. */
    void heal() {
        isHealed = true;
    }

    private static void start(String what, Runnable work) {
        Thread thread = new Thread(work, "faulty-wire-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    private void acceptAll() {
        try {
            while (true) {
                SocketChannel client = server.accept();
                connections.incrementAndGet();
                if (!isHealed && random.nextInt(6) == 0) {
                    connect().close();
                }
                carry(client, connect());
            }
        } catch (IOException e) {
            open.keySet().forEach(FaultyWire::closeQuietly); // the proxy was closed
        }
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(daemon));
        return channel;
    }

    private void carry(SocketChannel client, SocketChannel upstream) {
        open.put(client, true);
        open.put(upstream, true);
        long up = random.nextLong();
        long down = random.nextLong();
        start("up", () -> carry(client, upstream, new Random(up)));
        start("down", () -> carry(upstream, client, new Random(down)));
    }

    private void carry(SocketChannel from, SocketChannel to, Random dice) {
        Faults faults = new Faults(dice);
        ByteBuffer buffer = ByteBuffer.allocate(16 << 10);
        try {
            while (from.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    if (!pass(buffer, to, faults)) {
                        return;
                    }
                }
            }
            to.shutdownOutput();
        } catch (IOException e) {
            cut(from, to); // one side is gone, so the other goes
        }
    }

    /** Passes one piece on; false when the connection was cut instead. */
    private boolean pass(ByteBuffer buffer, SocketChannel to, Faults faults) throws IOException {
        int limit = buffer.limit();
        int piece = isHealed ? buffer.remaining() : Math.min(buffer.remaining(), faults.piece());
        if (!isHealed && faults.isSpent(piece)) {
            if (faults.isHalf) {
                halfCloses.incrementAndGet();
                to.shutdownOutput();
            } else {
                cuts.incrementAndGet();
                to.close();
            }
            return false;
        }
        if (!isHealed && faults.stalls()) {
            stalls.incrementAndGet();
            LockSupport.parkNanos(STALL_NS);
        }
        pieces.incrementAndGet();
        buffer.limit(buffer.position() + piece);
        while (buffer.hasRemaining()) {
            to.write(buffer);
        }
        buffer.limit(limit);
        return true;
    }

    private void cut(SocketChannel from, SocketChannel to) {
        closeQuietly(from);
        closeQuietly(to);
        open.remove(from);
        open.remove(to);
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        open.keySet().forEach(FaultyWire::closeQuietly);
    }

    /** What goes wrong in one direction of one connection. */
    private static final class Faults {
        private final Random dice;
        private final int largestPiece;
        private final int stallOneIn;
        private long bytesLeft;
        final boolean isHalf;

        Faults(Random dice) {
            this.dice = dice;
            int kind = dice.nextInt(4);
            largestPiece = kind == CLEAN ? Integer.MAX_VALUE : kind == 2 ? 1 : 1 + dice.nextInt(300);
            stallOneIn = dice.nextInt(3) == 0 ? 200 : Integer.MAX_VALUE;
            bytesLeft = dice.nextInt(8) == 0 ? Long.MAX_VALUE : 300 + dice.nextInt(5_000);
            isHalf = dice.nextInt(4) == 0;
        }

        int piece() {
            return largestPiece == Integer.MAX_VALUE ? largestPiece : 1 + dice.nextInt(largestPiece);
        }

        boolean stalls() {
            return dice.nextInt(stallOneIn) == 0 && stallOneIn != Integer.MAX_VALUE;
        }

        boolean isSpent(int piece) {
            bytesLeft -= piece;
            return bytesLeft < 0;
        }
    }
}
