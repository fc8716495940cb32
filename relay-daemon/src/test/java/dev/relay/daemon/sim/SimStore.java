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
    private final Runnable afterCompletion;
    double failureChance;
    long maxLatencyNs = 3_000_000;
    private boolean isDead;
    private @Nullable Batch underWay;

    SimStore(World world, SimDisk disk, Runnable afterCompletion) {
        this.world = world;
        this.disk = disk;
        this.afterCompletion = afterCompletion;
    }

    @Override
    public Recovered open() {
        return disk.recover();
    }

    private void later(Runnable action) {
        world.after(world.random.nextLong(50_000, maxLatencyNs), () -> {
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
            if (world.chance(failureChance)) {
                done.accept(world.chance(0.5) ? CommitOutcome.FULL : CommitOutcome.BUSY);
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
        later(() ->
                done.accept(disk.deadLetters.stream().map(Batch.DeadLetter::row).toList()));
    }

    @Override
    public void deadLetter(long no, Consumer<@Nullable DeadLetterRow> done) {
        later(() -> done.accept(disk.deadLetters.get((int) no - 1).row()));
    }

    /** kill -9: what is under way is on the disk or not. */
    void crash() {
        isDead = true;
        if (underWay != null && world.chance(0.5)) {
            disk.apply(underWay);
        }
    }

    @Override
    public void close() {
        isDead = true;
    }
}
