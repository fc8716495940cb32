package dev.relay.daemon.routing;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.StoreException;
import dev.relay.protocol.Limits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** One bus on one thread: the test moves the clock, runs the store's completions and reads what every peer got. */
final class Heart implements AutoCloseable {
    static final long STEP_MS = 50;

    final ManualClock clock = new ManualClock();
    final Path dir;
    final List<String> failStops = new ArrayList<>();
    BusConfig config;
    StoreGate store;
    Bus bus;
    private UnaryOperator<Recovered> edit = r -> r;
    private Access access = Access.trusting();

    Heart(Path dir) {
        this(dir, BusConfig.defaults("test"));
    }

    Heart(Path dir, BusConfig config) {
        this.dir = dir;
        this.config = config;
        store = new StoreGate(dir);
        bus = open();
    }

    /** Room for few messages per lane and mailbox, so that a test reaches the bounds. */
    static BusConfig small(int memory, int mailbox) {
        return new BusConfig(
                "test",
                Limits.PING_MS,
                Limits.SUSPECT_MS,
                Limits.FENCED_MS,
                Limits.HANDSHAKE_MS,
                64,
                2_000,
                Limits.WINDOW_BYTES,
                memory,
                Math.max(2, memory * 3 / 4),
                Math.max(1, memory / 4),
                mailbox,
                1L << 30,
                1_000);
    }

    private Bus open() {
        try {
            return new Bus(
                    config, clock, store, edit.apply(store.open()), new SplittableRandom(1), failStops::add, access);
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The daemon is started anew with these rules. */
    void useAccess(Access rules) {
        access = rules;
        crash();
    }

    /** kill -9 of the daemon and a new start on what was committed. Peers of before are gone. */
    void crash() {
        store.close();
        store = new StoreGate(dir);
        bus = open();
    }

    /** As {@link #crash}, with what the store tells changed on its way. */
    void crash(UnaryOperator<Recovered> change) {
        edit = change;
        crash();
        edit = r -> r;
    }

    Peer connect() {
        Peer peer = new Peer(this);
        bus.onConnect(peer);
        return peer;
    }

    /** A new process of this name, welcomed and without credit; {@code more} stands in its HELLO. */
    Peer join(String name, Object... more) {
        Peer peer = connect();
        peer.hello(name, more);
        turn();
        peer.welcome();
        return peer;
    }

    /** One that sends to an agent under handle 1. */
    Peer sender(String name, String to) {
        Peer sender = join(name);
        sender.bind(1, to);
        return sender;
    }

    /** Runs everything that needs no passing of time. */
    void turn() {
        bus.endOfBatch();
        while (store.complete()) {
            bus.endOfBatch();
        }
    }

    void advanceMs(long ms) {
        for (long left = ms; left > 0; left -= STEP_MS) {
            clock.advanceMs(Math.min(STEP_MS, left));
            bus.onTimer();
            turn();
        }
    }

    /** Time passes, and these peers answer as a living client does. */
    void liveMs(long ms, Peer... peers) {
        for (long left = ms; left > 0; left -= 1_000) {
            advanceMs(Math.min(1_000, left));
            for (Peer peer : peers) {
                peer.say(b -> dev.relay.protocol.FrameWriter.pong(b, 1));
            }
        }
    }

    long counter(Counter counter) {
        return java.util.Objects.requireNonNull(
                bus.snapshot().counters().get(counter.name().toLowerCase(java.util.Locale.ROOT)));
    }

    @Override
    public void close() {
        store.close();
    }
}
