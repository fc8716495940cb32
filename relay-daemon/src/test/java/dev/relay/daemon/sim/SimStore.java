package dev.relay.daemon.sim;

import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.CommitOutcome;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.StoredFrame;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store over a {@link SimDisk} with latency and failures by seed. A crash may fall before or after the commit under way, and never lets its completion out. */
final class SimStore implements MessageStore {
    private final World world;
    private final SimDisk disk;
    private final SimDaemon settings;
    private final Runnable afterCompletion;
    private boolean isDead;
    private long busyUntilNs;
    private @Nullable Batch underWay;

    SimStore(World world, SimDisk disk, SimDaemon settings, Runnable afterCompletion) {
        this.world = world;
        this.disk = disk;
        this.settings = settings;
        this.afterCompletion = afterCompletion;
    }

    @Override
    public Recovered open() {
        return disk.recover();
    }

    /** One thread does everything in order. */
    private void later(Runnable action) {
        long latency = world.between(50_000, settings.storeLatencyNs);
        busyUntilNs = Math.max(busyUntilNs, world.nanoTime()) + latency;
        world.after(busyUntilNs - world.nanoTime(), () -> {
            if (!isDead) {
                action.run();
                afterCompletion.run();
            }
        });
    }

    @Override
    public void commit(Batch batch, Consumer<CommitOutcome> done) {
        if (underWay != null) {
            throw new IllegalStateException("two commits at once");
        }
        underWay = batch;
        later(() -> {
            underWay = null;
            if (settings.isDiskFull) {
                done.accept(CommitOutcome.FULL);
            } else if (world.chance(settings.storeFailureChance)) {
                done.accept(CommitOutcome.BUSY);
            } else {
                disk.apply(batch);
                done.accept(CommitOutcome.COMMITTED);
            }
        });
    }

    @Override
    public void readPage(
            int lane, long afterEpoch, long afterSeq, int maxMessages, int maxBytes, Consumer<List<StoredFrame>> done) {
        later(() -> done.accept(disk.page(lane, afterEpoch, afterSeq, maxMessages)));
    }

    @Override
    public void deadLetters(long after, int limit, Consumer<List<DeadLetterRow>> done) {
        later(() -> done.accept(disk.deadLetters.page(after, limit)));
    }

    @Override
    public void deadLetter(long no, Consumer<@Nullable DeadLetterRow> done) {
        later(() -> done.accept(disk.deadLetters.get(no)));
    }

    @Override
    public void deadPosition(int lane, long epoch, long seq, Consumer<Recovered.@Nullable DeadPosition> done) {
        later(() -> done.accept(disk.deadLetters.position(lane, epoch, seq)));
    }

    /** kill -9: what is under way is on the disk or not. */
    void crash() {
        isDead = true;
        if (underWay != null && !settings.isDiskFull && world.chance(0.5)) {
            disk.apply(underWay);
        }
    }

    @Override
    public void close() {
        isDead = true;
    }
}
