package dev.relay.sidecar.journal;

import dev.relay.sidecar.journal.JournalEntry.Append;
import dev.relay.sidecar.journal.JournalEntry.Cursor;
import dev.relay.sidecar.journal.JournalEntry.Fact;
import dev.relay.sidecar.journal.JournalEntry.Found;
import dev.relay.sidecar.journal.JournalEntry.Kill;
import dev.relay.sidecar.journal.JournalEntry.Probe;
import dev.relay.sidecar.journal.JournalEntry.Prune;
import dev.relay.sidecar.journal.JournalEntry.Refusal;
import dev.relay.sidecar.journal.JournalEntry.Results;
import dev.relay.sidecar.order.Discrepancy;
import dev.relay.sidecar.order.OrderEvent;
import dev.relay.sidecar.order.OrderLog;
import dev.relay.sidecar.order.Transition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal of one account: an SQLite file (WAL, synchronous FULL) and the thread "journal", its only writer.
 *
 * <p>A kill goes before everything that waits, a release behind it. What waits is committed as one transaction; callbacks go to the given executor (the thread "orders") afterwards, in
 * order. An intent, an event, its fill and the position after it are one transaction, so a kill at any moment leaves a
 * fill either booked everywhere or nowhere. When a commit fails the intents in it are answered FAILED (their orders are
 * not written); everything else is tried again until it works. {@link #isFailing} is true until something was committed
 * again; while nothing waits the journal asks its disk every {@value #POLL_MS} ms by itself. After an unexpected error of
 * the writer it is true for good, which ends in the kill switch.
 *
 * <p>Bounded: {@value #QUEUE_CAPACITY} waiting records; then {@link #append} waits for the disk, since without its journal
 * the executor must not go on. A lock file keeps a second process out.
 */
public final class SqliteJournal implements OrderLog, AutoCloseable {
    /** Name of the fact that holds the kill switch; absent until it was first set or released. */
    public static final String KILLED = "killed";

    static final String JOURNAL_ID = "journal_id";
    private static final Logger LOG = LoggerFactory.getLogger(SqliteJournal.class);
    private static final int QUEUE_CAPACITY = 10_000;
    private static final int MAX_BATCH = 256;
    private static final int MAX_ENDED_LOADED = 10_000;
    private static final long RETRY_MS = 100;
    private static final long POLL_MS = 200;
    private static final long CLOSE_MS = 10_000;
    /** As large as a step of an order with all that belongs to it. */
    private static final Probe PROBE = new Probe("x".repeat(8 << 10));

    private final Path file;
    private final JournalLock lock;
    private final JournalCommits commits;
    private final JournalState state;
    private final Executor callbacks;
    private final Executor urgent;
    private final Consumer<OrderEvent> onCommitted;
    private final BlockingDeque<JournalEntry> queue = new LinkedBlockingDeque<>(QUEUE_CAPACITY);
    private final AtomicInteger releasesWaiting = new AtomicInteger();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final LongAdder unaudited = new LongAdder();
    private final LongAdder discrepancies = new LongAdder();
    private final Thread thread;
    private volatile long lastCommittedEventNo;

    private SqliteJournal(
            Path file,
            JournalLock lock,
            Connection connection,
            Executor callbacks,
            Executor urgent,
            Consumer<OrderEvent> onCommitted)
            throws SQLException {
        this.file = file;
        this.lock = lock;
        this.commits = new JournalCommits(file, connection);
        this.callbacks = callbacks;
        this.urgent = urgent;
        this.onCommitted = onCommitted;
        this.state = load();
        this.lastCommittedEventNo = state.lastEventNo();
        this.thread = new Thread(this::run, "journal");
        thread.setDaemon(true);
    }

    /**
     * Opens or creates {@code orders-<account>.db} in the directory and starts the writer.
     *
     * @param callbacks where commit callbacks run
     * @param onCommitted gets every committed event on the thread "journal"; must not block
     */
    public static SqliteJournal open(
            Path directory, String account, Executor callbacks, Consumer<OrderEvent> onCommitted) {
        return open(directory, account, callbacks, callbacks, onCommitted);
    }

    /** As the short form; {@code urgent} runs the callback of a kill. */
    public static SqliteJournal open(
            Path directory, String account, Executor callbacks, Executor urgent, Consumer<OrderEvent> onCommitted) {
        return open(directory, account, callbacks, urgent, onCommitted, JournalSchema::openWriter);
    }

    /** How the writer's connection is made; tests keep a hand on it. */
    interface Opener {
        Connection open(Path file) throws SQLException;
    }

    static SqliteJournal open(
            Path directory,
            String account,
            Executor callbacks,
            Executor urgent,
            Consumer<OrderEvent> onCommitted,
            Opener opener) {
        Path file = directory.resolve("orders-" + account + ".db");
        try {
            Files.createDirectories(directory);
            JournalLock lock = JournalLock.take(directory.resolve("orders-" + account + ".lock"), file);
            SqliteJournal journal = new SqliteJournal(file, lock, opener.open(file), callbacks, urgent, onCommitted);
            journal.thread.start();
            return journal;
        } catch (IOException | SQLException e) {
            throw new JournalException("journal cannot be opened, file=" + file, e);
        }
    }

    private JournalState load() throws SQLException {
        try (JournalReader reader = new JournalReader(file)) {
            if (reader.fact(JOURNAL_ID).isEmpty()) {
                commits.fact(JOURNAL_ID, UUID.randomUUID().toString());
            }
            return reader.state(MAX_ENDED_LOADED);
        }
    }

    /** What the file held when it was opened. */
    public JournalState state() {
        return state;
    }

    /** A reader for the calling thread; the caller closes it. */
    public JournalReader reader() {
        return new JournalReader(file);
    }

    @Override
    public void append(Transition transition, Consumer<Commit> onCommit) {
        put(new Append(transition, onCommit));
    }

    @Override
    public void saveCursor(String symbol, long tradeId) {
        put(new Cursor(symbol, tradeId));
    }

    @Override
    public void saveKilled(boolean isKilled, String reason, Runnable onCommit) {
        Kill kill = new Kill(
                isKilled,
                reason,
                System.currentTimeMillis(),
                isKilled
                        ? onCommit
                        : () -> {
                            releasesWaiting.decrementAndGet();
                            onCommit.run();
                        });
        if (!isKilled) {
            releasesWaiting.incrementAndGet();
            put(kill);
        } else if (releasesWaiting.get() > 0 || !queue.offerFirst(kill)) {
            put(kill); // what was said last must stand last in the file
        }
    }

    @Override
    public void saveFact(String name, String value) {
        put(new Fact(name, value));
    }

    /** Remembers a named value that may be lost without harm; dropped when the queue is full. */
    public void offerFact(String name, String value) {
        queue.offer(new Fact(name, value));
    }

    @Override
    public void saveDiscrepancy(Discrepancy discrepancy) {
        put(new Found(discrepancy));
    }

    /** Lets audit rows of before {@code beforeMs} go, some at a time between the other writes. */
    public void pruneAudit(long beforeMs) {
        queue.offer(new Prune(beforeMs, () -> pruneAudit(beforeMs)));
    }

    @Override
    public void auditRefusal(String agent, String what) {
        if (!queue.offer(new Refusal(agent, what, System.currentTimeMillis()))) {
            unaudited.increment();
        }
    }

    /** Refusals that found no room for their audit row. */
    public long unauditedCount() {
        return unaudited.sum();
    }

    private void put(JournalEntry entry) {
        try {
            queue.put(entry);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JournalException("interrupted while the journal was full, file=" + file, e);
        }
    }

    @Override
    public boolean isFailing() {
        return commits.isFailing();
    }

    public long lastCommittedEventNo() {
        return lastCommittedEventNo;
    }

    /** Discrepancies committed by this process. */
    public long discrepancyCount() {
        return discrepancies.sum();
    }

    public long commitCount() {
        return commits.count();
    }

    public long failureCount() {
        return commits.failureCount();
    }

    public int waitingCount() {
        return queue.size();
    }

    private void run() {
        try {
            List<JournalEntry> batch = new ArrayList<>(MAX_BATCH);
            while (true) {
                JournalEntry first = queue.poll(POLL_MS, TimeUnit.MILLISECONDS);
                if (first == null) {
                    if (closing.getCount() == 0) {
                        return;
                    }
                    if (commits.isFailing()) {
                        commit(List.of(PROBE));
                    }
                    continue;
                }
                batch.add(first);
                queue.drainTo(batch, MAX_BATCH - 1);
                commitUntilDone(batch);
                batch.clear();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            LOG.error("the journal stops for good: unexpected error file={}", file, e);
            commits.giveUp();
        }
    }

    private void commitUntilDone(List<JournalEntry> batch) throws InterruptedException {
        List<JournalEntry> rest = new ArrayList<>(batch);
        while (!rest.isEmpty() && !commit(rest)) {
            rest = failIntents(rest);
            if (closing.await(RETRY_MS, TimeUnit.MILLISECONDS)) {
                LOG.error("journal closed while commits failed file={} lost={}", file, rest.size());
                return;
            }
        }
    }

    private boolean commit(List<JournalEntry> batch) {
        Results results = new Results();
        if (!commits.commit(batch, results)) {
            return false;
        }
        tell(results, batch.get(0) instanceof Kill kill && kill.isKilled());
        return true;
    }

    private void tell(Results results, boolean isKill) {
        discrepancies.add(results.found);
        if (!results.events.isEmpty()) {
            lastCommittedEventNo = results.events.get(results.events.size() - 1).eventNo();
        }
        results.events.forEach(onCommitted);
        for (int i = 0; i < results.done.size(); i++) {
            (isKill && i == 0 ? urgent : callbacks).execute(results.done.get(i));
        }
    }

    private List<JournalEntry> failIntents(List<JournalEntry> batch) {
        List<JournalEntry> rest = new ArrayList<>();
        for (JournalEntry entry : batch) {
            if (entry instanceof Append append && append.transition().isNew()) {
                callbacks.execute(() -> append.onCommit().accept(Commit.FAILED));
            } else {
                rest.add(entry);
            }
        }
        return rest;
    }

    /** Commits what waits, then closes the file. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(CLOSE_MS);
            if (thread.isAlive()) {
                LOG.error("journal did not end in time file={}", file);
                return;
            }
            commits.close();
            lock.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException | IOException e) {
            throw new JournalException("journal cannot be closed, file=" + file, e);
        }
    }
}
