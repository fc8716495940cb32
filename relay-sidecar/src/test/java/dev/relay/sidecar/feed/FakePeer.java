package dev.relay.sidecar.feed;

import dev.relay.sidecar.net.Backoff;
import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.CloseReason.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/** A venue that answers as the test says, and the time that passes meanwhile. */
final class FakePeer implements ConnectionLife.Port {
    static final CloseReason UNRESOLVED = new CloseReason(Kind.CONNECT_FAILED, 0, "host not resolved");
    static final CloseReason DROPPED = new CloseReason(Kind.CONNECTION_LOST, 0, "reset");

    final ConnectionLife life;
    final List<Long> openedAtMs = new ArrayList<>();
    final List<Integer> closed = new ArrayList<>();
    final List<EndReason> losses = new ArrayList<>();
    final List<String> handovers = new ArrayList<>();
    IntConsumer onOpen = socket -> {};
    long nowMs = 1_000_000;

    FakePeer(LifeConfig config, AttemptBudget attempts, long seed) {
        life = new ConnectionLife(config, new Backoff(250, 30_000, 60_000, seed), attempts, this);
    }

    static FakePeer withDefaults(long seed) {
        return new FakePeer(LifeConfig.defaults(), new AttemptBudget(240, 300_000, 0), seed);
    }

    /** Started, and its first socket stands. */
    static FakePeer accepting(long seed) {
        FakePeer peer = withDefaults(seed);
        peer.onOpen = peer::accept;
        peer.life.start(peer.nowMs);
        return peer;
    }

    /** Started, and nobody is there. */
    static FakePeer refusing(long seed) {
        FakePeer peer = withDefaults(seed);
        peer.onOpen = peer::refuse;
        peer.life.start(peer.nowMs);
        return peer;
    }

    void accept(int socket) {
        life.onOpened(socket, nowMs);
        life.onSubscribed(socket, nowMs);
    }

    void refuse(int socket) {
        life.onEnded(socket, UNRESOLVED, nowMs);
    }

    /** Lets time pass in ticks of 100 ms. */
    void run(long ms) {
        run(ms, () -> {});
    }

    void run(long ms, Runnable atEachTick) {
        for (long end = nowMs + ms; nowMs < end; ) {
            nowMs += 100;
            atEachTick.run();
            life.tick(nowMs);
        }
    }

    /** Market data in every tick. */
    void runWithData(long ms) {
        run(ms, () -> life.onData(life.serving(), nowMs));
    }

    @Override
    public void open(int socket) {
        openedAtMs.add(nowMs);
        onOpen.accept(socket);
    }

    @Override
    public void close(int socket) {
        closed.add(socket);
    }

    @Override
    public void handOver(int younger) {
        handovers.add("handOver " + younger);
    }

    @Override
    public void finishHandOver(int younger) {
        handovers.add("finish " + younger);
    }

    @Override
    public void lost(EndReason reason) {
        losses.add(reason);
    }

    @Override
    public void transition(LifeState from, LifeState to, String reason) {}
}
