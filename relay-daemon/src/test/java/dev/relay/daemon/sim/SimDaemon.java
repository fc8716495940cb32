package dev.relay.daemon.sim;

import dev.relay.daemon.routing.Bus;
import dev.relay.daemon.routing.BusConfig;
import dev.relay.protocol.Frames;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One daemon over its lives: the real bus, a simulated store and simulated connections. */
final class SimDaemon {
    final World world;
    final SimDisk disk = new SimDisk();
    final BusConfig config;
    final TreeMap<String, Long> counters = new TreeMap<>();
    final List<SimConnection> connections = new ArrayList<>();
    double storeFailureChance;

    @Nullable
    Bus bus;

    private @Nullable SimStore store;
    private long nextConnection = 1;
    private int life;

    SimDaemon(World world, BusConfig config) {
        this.world = world;
        this.config = config;
    }

    void start() {
        SimStore opened = new SimStore(world, disk, this::afterBatch);
        opened.failureChance = storeFailureChance;
        store = opened;
        bus = new Bus(config, world, opened, opened.open(), world.random.split(), reason -> {
            throw new IllegalStateException(reason);
        });
        int mine = ++life;
        tick(mine);
    }

    private void tick(int mine) {
        world.afterMs(5, () -> {
            if (mine == life && bus != null) {
                bus.onTimer();
                afterBatch();
                tick(mine);
            }
        });
    }

    void setStoreFailureChance(double chance) {
        storeFailureChance = chance;
        if (store != null) {
            store.failureChance = chance;
        }
    }

    private void afterBatch() {
        if (bus != null) {
            bus.endOfBatch();
            List.copyOf(connections).forEach(SimConnection::flush);
        }
    }

    void crash() {
        collect();
        if (store != null) {
            store.crash();
        }
        bus = null;
        life++;
        List.copyOf(connections).forEach(SimConnection::cut);
    }

    void collect() {
        if (bus != null) {
            bus.snapshot().counters().forEach((name, n) -> counters.merge(name, n, Long::sum));
            bus.snapshot().deadByReason().forEach((name, n) -> counters.merge(name, n, Long::sum));
            bus.snapshot().refused().forEach((name, n) -> counters.merge(name, n, Long::sum));
        }
    }

    @Nullable
    SimConnection connect(ModelClient client) {
        if (bus == null) {
            return null;
        }
        SimConnection c = new SimConnection(world, this, client, nextConnection++);
        connections.add(c);
        bus.onConnect(c);
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

    void onCut(SimConnection c) {
        connections.remove(c);
        if (bus != null) {
            bus.onDisconnect(c);
            afterBatch();
        }
    }
}
