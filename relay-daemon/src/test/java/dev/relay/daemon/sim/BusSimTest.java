package dev.relay.daemon.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * The real daemon core and the real Java session core against each other in virtual time, with faults by seed; {@link History} and {@link Verdict}
 * judge. Every 100th seed runs twice and must take the same course. {@code -Drelay.sim.seeds=N} sets how many seeds run, {@code -Drelay.sim.seed=N}
 * replays one, {@code -Drelay.sim.trace=true} prints its frames.
 */
class BusSimTest {
    private static final int SEEDS = Integer.getInteger("relay.sim.seeds", 2_000);
    private static final int THREADS = 2;
    private static final int ENOUGH_FAILURES = 5;
    private static final int ENOUGH_FOR_EVERYTHING = 1_000;
    private static final long LONGEST_MINUTES = 60;

    /** What has to happen at least once in a run of all seeds (S3): else the faults no longer reach it. */
    private static final List<String> SOMETIMES = List.of(
            "attempt_2",
            "attempt_3",
            "attempt_4",
            "attempt_5",
            "attempt_6",
            "dead_MAX_ATTEMPTS",
            "dead_EXPIRED",
            "dead_REFUSED_BY_HANDLER",
            "dead_NO_HANDLER",
            "dead_POISON_CRASH",
            "dead_CORRUPT",
            "dead_FORBIDDEN",
            "told_UNAUTHORIZED",
            "expired_absent",
            "expired_unread",
            "told_QUEUE_FULL",
            "told_MAILBOX_FULL",
            "told_STORAGE_FULL",
            "told_TOO_LARGE",
            "told_NO_SUCH_RECIPIENT",
            "told_RECIPIENT_OFFLINE",
            "told_BAD_NAME",
            "told_PRECEDING_REFUSED",
            "told_RATE_LIMITED",
            "refused_REQUESTER_GONE",
            "refused_SHUTTING_DOWN",
            "error_NAME_IN_USE",
            "error_STALE_EPOCH",
            "error_FENCED",
            "error_OVERLOADED",
            "ok_by_1",
            "ok_by_2",
            "ok_by_3",
            "result_acked",
            "result_dead",
            "replies_seen",
            "request_timeouts",
            "acks_by_hand",
            "matched",
            "unknown",
            "duplicates",
            "dedup_beyond_2000",
            "redelivered",
            "skips",
            "seen_SKIP",
            "seen_PAUSED",
            "seen_RESUMED",
            "never_written",
            "circles_ended",
            "commit_failures",
            "spilled",
            "read_back",
            "rewinds",
            "takeovers",
            "takeovers_forgotten",
            "sessions_fenced",
            "suspects",
            "live_dropped",
            "finished_by_zombie",
            "killed_by_message",
            "redriven",
            "breakers_opened",
            "app_id_duplicates",
            "meddled_pause_ok",
            "meddled_resume_ok",
            "meddled_quota.set_ok",
            "meddled_lane.policy_ok",
            "meddled_breaker.reset_ok",
            "lanes_halted",
            "lane.skip_ok",
            "lane.resume_ok",
            "lane.resume_NOT_FOUND",
            "revived",
            "dropped",
            "moved_in_flight",
            "effect_fenced",
            "effect_known",
            "late_owners",
            "group_left",
            "partitions_moved",
            "partitions_seized",
            "fenced_by_group",
            "daemon_kills",
            "daemon_stops",
            "power_losses",
            "disk_full",
            "clock_steps",
            "zombies",
            "stores_replaced");

    private final Map<String, Long> totals = new TreeMap<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private long virtualMs;

    /** Publications that were sent again after a crash stood on disk, and a SENT by ack for the next one spoke for them too. */
    @Test
    void R7_shouldTellWhatIsAskedAgainByItsOwnWayWhenMoreBecameSafeWithIt() {
        one(8743);
        assertThat(failures).isEmpty();
    }

    @Test
    void S1_I1_I23_R1_R9_shouldKeepTheContractUnderFaults() throws InterruptedException {
        Long only = Long.getLong("relay.sim.seed");
        if (only != null) {
            one(only);
            assertThat(failures).isEmpty();
            return;
        }
        long startedNs = System.nanoTime();
        long fresh = ThreadLocalRandom.current().nextLong(1_000_000, Long.MAX_VALUE);
        all(fresh);
        System.out.printf(
                "simulation: seeds=%d fresh_seed=%d virtual_s=%d real_s=%d%n",
                SEEDS + 1, fresh, virtualMs / 1_000, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startedNs));
        assertThat(failures).isEmpty();
        if (SEEDS >= ENOUGH_FOR_EVERYTHING) {
            assertThat(missing()).as("never happened in %s", totals).isEmpty();
        }
    }

    private void all(long fresh) throws InterruptedException {
        AtomicLong next = new AtomicLong();
        CountDownLatch done = new CountDownLatch(THREADS);
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> {
                long n;
                while ((n = next.getAndIncrement()) <= SEEDS && failures.size() < ENOUGH_FAILURES) {
                    one(n == 0 ? fresh : n);
                }
                done.countDown();
            });
            thread.setDaemon(true);
            thread.start();
        }
        assertThat(done.await(LONGEST_MINUTES, TimeUnit.MINUTES)).isTrue();
    }

    private List<String> missing() {
        List<String> missing = new ArrayList<>();
        for (String name : SOMETIMES) {
            if (totals.getOrDefault(name, 0L) == 0) {
                missing.add(name);
            }
        }
        return missing;
    }

    private void one(long seed) {
        SeedRun run = SeedRun.of(seed);
        if (!run.violations.isEmpty()) {
            failures.add("seed=" + seed + " " + run.violations + "\n" + replay(seed));
        }
        if (seed % 100 == 0) {
            SeedRun again = SeedRun.of(seed);
            if (again.traceHash != run.traceHash || again.steps != run.steps) {
                failures.add("two courses of one seed: seed=" + seed + " steps=" + run.steps + "," + again.steps);
            }
        }
        add(run);
    }

    private synchronized void add(SeedRun run) {
        run.sometimes.forEach((name, n) -> totals.merge(name, n, Long::sum));
        virtualMs += run.virtualMs;
    }

    private static String replay(long seed) {
        return "replay: ./mvnw -q -pl relay-daemon -am test -Dtest=BusSimTest -Dsurefire.failIfNoSpecifiedTests=false"
                + " -Drelay.sim.seed=" + seed + " -Drelay.sim.trace=true";
    }
}
