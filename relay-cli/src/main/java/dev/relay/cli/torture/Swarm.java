package dev.relay.cli.torture;

import dev.relay.protocol.FrameCursor;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Many idle agents in one process and on one thread, by the protocol alone: each says HELLO, answers PING, and comes back under its name,
 * epoch and token when its connection ends. At most {@value #HANDSHAKES} are between HELLO and WELCOME, as the daemon asks of polite peers.
 */
public final class Swarm {
    private static final int HANDSHAKES = 16;
    private static final int BACKOFF_MS = 200;
    private static final long PROGRESS_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final UnixDomainSocketAddress address;
    private final Selector selector = Selector.open();
    private final ArrayDeque<SwarmAgent> toConnect = new ArrayDeque<>();
    private final ByteBuffer in =
            ByteBuffer.allocateDirect(Limits.MAX_FRAME_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final Random random = new Random(7);
    private int handshakes;
    private int open;
    private long connects;
    private long refusals;
    private long lastRefusedNs;

    private Swarm(Settings settings) throws IOException {
        this.address = UnixDomainSocketAddress.of(settings.path("socket"));
        for (int i = 0; i < settings.number("count"); i++) {
            toConnect.add(new SwarmAgent(settings.text("prefix") + "-" + i));
        }
    }

    public static void main(String[] args) throws IOException {
        Orders orders = Orders.listen();
        Swarm swarm = new Swarm(Settings.of(args));
        System.out.println("ready swarm");
        swarm.runUntil(orders);
    }

    private void runUntil(Orders orders) throws IOException {
        long nextProgressNs = System.nanoTime();
        while (!orders.isStopped()) {
            connectSome();
            selector.select(this::readable, 20);
            if (System.nanoTime() > nextProgressNs) {
                nextProgressNs = System.nanoTime() + PROGRESS_NS;
                System.out.println(
                        "{\"open\":" + open + ",\"connects\":" + connects + ",\"refusals\":" + refusals + "}");
            }
        }
    }

    private void connectSome() {
        long nowNs = System.nanoTime();
        if (nowNs - lastRefusedNs < TimeUnit.MILLISECONDS.toNanos(1 + random.nextInt(BACKOFF_MS))) {
            return;
        }
        while (handshakes < HANDSHAKES && !toConnect.isEmpty()) {
            SwarmAgent agent = toConnect.remove();
            try {
                agent.connect(address, selector);
                handshakes++;
                connects++;
            } catch (IOException e) {
                lastRefusedNs = nowNs;
                refusals++;
                toConnect.addFirst(agent);
                return;
            }
        }
    }

    private void readable(SelectionKey key) {
        SwarmAgent agent = (SwarmAgent) key.attachment();
        try {
            if (agent.read(in)) {
                frames(agent);
            } else {
                lost(agent);
            }
        } catch (IOException e) {
            lost(agent);
        }
    }

    private void lost(SwarmAgent agent) {
        if (agent.isOpen()) {
            open--;
        } else {
            handshakes--;
        }
        agent.close();
        toConnect.add(agent);
    }

    private void frames(SwarmAgent agent) throws IOException {
        int at = 0;
        int length;
        while ((length = FrameCursor.next(in, at, in.limit(), Limits.MAX_FRAME_BYTES)) > 0) {
            switch (Frames.type(in, at)) {
                case FrameType.WELCOME -> {
                    agent.welcome(in, at, length);
                    handshakes--;
                    open++;
                }
                case FrameType.PING -> agent.pong(Frames.pingTime(in, at));
                case FrameType.ERROR -> {
                    refusals++;
                    System.err.println(SwarmAgent.text(in, at, length));
                }
                default -> {
                    // An idle agent has no use for the rest.
                }
            }
            at += length;
        }
        agent.keep(in, at);
    }
}
