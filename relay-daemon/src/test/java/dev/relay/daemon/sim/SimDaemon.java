package dev.relay.daemon.sim;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.access.AccessRules;
import dev.relay.daemon.access.Tokens;
import dev.relay.daemon.routing.Bus;
import dev.relay.daemon.routing.BusConfig;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One daemon over its lives: the real bus, a simulated store and simulated connections. Its timer runs exactly when the bus asks for it. */
final class SimDaemon {
    /** What a may send to b, and publish as a.x, is no longer allowed. */
    private static final AccessRules STRICT = AccessRules.parse(
            "a -> a, a -> c, a -> g, a -> ghost, b -> *, c -> *", "a -> a.y, a -> b.>, b -> >, c -> >", "");

    final World world;
    final SimDisk disk;
    final BusConfig config;
    /** Of every REFUSED that was written, whether it arrived or not. */
    final Set<Long> refusedIds = new HashSet<>();

    final TreeMap<String, Long> counters = new TreeMap<>();
    final List<SimConnection> connections = new ArrayList<>();
    private Access access = Access.trusting();
    double storeFailureChance;
    boolean isDiskFull;
    long storeLatencyNs = 3_000_000;

    @Nullable
    Bus bus;

    private @Nullable SimStore store;
    private long nextConnection = 1;
    private int life;
    private long timerNs = Long.MAX_VALUE;
    private boolean isStopping;

    SimDaemon(World world, BusConfig config) {
        this.world = world;
        this.config = config;
        this.disk = new SimDisk(world);
    }

    void start() {
        Trace.say(world, "daemon starts");
        SimStore opened = new SimStore(world, disk, this, this::afterBatch);
        store = opened;
        isStopping = false;
        timerNs = Long.MAX_VALUE;
        life++;
        bus = new Bus(
                config,
                world,
                opened,
                opened.open(),
                world.random.split(),
                reason -> {
                    throw new IllegalStateException(reason);
                },
                access);
        afterBatch();
    }

    void startIfDown() {
        if (bus == null) {
            start();
        }
    }

    private void schedule(Bus running) {
        long next = Math.max(running.nextDeadlineNs(), world.nanoTime() + 100_000);
        if (next < timerNs && next != Long.MAX_VALUE) {
            timerNs = next;
            int mine = life;
            world.after(next - world.nanoTime(), () -> onTimer(mine, next));
        }
    }

    private void onTimer(int mine, long dueNs) {
        Bus running = bus;
        if (mine == life && running != null && timerNs == dueNs) {
            timerNs = Long.MAX_VALUE;
            running.onTimer();
            afterBatch();
        }
    }

    private void afterBatch() {
        Bus running = bus;
        if (running == null) {
            return;
        }
        running.endOfBatch();
        if (isStopping && running.shutdown()) {
            stopped();
            return;
        }
        flush();
        schedule(running);
    }

    private void flush() {
        for (int i = 0; i < connections.size(); i++) {
            connections.get(i).flush();
        }
    }

    /** kill -9. */
    void crash() {
        Trace.say(world, "daemon crashes");
        collect();
        if (store != null) {
            store.crash();
        }
        gone();
    }

    /** From the next start on one agent may no longer say everything, or may again. */
    void changeAccess() {
        access = world.chance(0.25) ? new Access(-1, STRICT, Tokens.none()) : Access.trusting();
    }

    /** SIGTERM: ends when everything is stored. */
    void stop() {
        isStopping = true;
        afterBatch();
    }

    boolean isStopping() {
        return isStopping;
    }

    private void stopped() {
        flush();
        collect();
        if (store != null) {
            store.close();
        }
        bus = null;
        life++;
        world.afterMs(1, () -> List.copyOf(connections).forEach(SimConnection::cut));
    }

    private void gone() {
        bus = null;
        life++;
        List.copyOf(connections).forEach(SimConnection::cut);
    }

    void collect() {
        if (bus != null) {
            bus.snapshot().counters().forEach(this::count);
            bus.snapshot().deadByReason().forEach((name, n) -> count("dead_" + name, n));
            bus.snapshot().refused().forEach((name, n) -> count("refused_" + name, n));
        }
    }

    void count(String name, long n) {
        counters.merge(name, n, Long::sum);
    }

    @Nullable
    SimConnection connect(SimPeer peer) {
        if (bus == null || isStopping) {
            return null;
        }
        SimConnection c = new SimConnection(world, this, peer, nextConnection++);
        connections.add(c);
        bus.onConnect(c);
        afterBatch();
        return c;
    }

    void onBytes(SimConnection c, byte[] bytes) {
        if (bus == null) {
            return;
        }
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < bytes.length && bus != null; at += (int) Frames.len(b, at)) {
            bus.onFrame(c, b, at);
        }
        afterBatch();
    }

    void onWritten(byte[] frames) {
        ByteBuffer b = ByteBuffer.wrap(frames).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < frames.length; at += (int) Frames.len(b, at)) {
            if (Frames.type(b, at) == FrameType.REFUSED) {
                refusedIds.add(Frames.refusedIdLsb(b, at));
            }
        }
    }

    void onCut(SimConnection c) {
        connections.remove(c);
        if (bus != null) {
            bus.onDisconnect(c);
            afterBatch();
        }
    }
}
