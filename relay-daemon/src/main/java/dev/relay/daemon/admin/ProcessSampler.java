package dev.relay.daemon.admin;

import dev.relay.daemon.flow.ProcessUse;
import dev.relay.daemon.routing.Surroundings;
import dev.relay.daemon.store.CoreQueue;
import dev.relay.protocol.Clock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads for the core, which never touches a file, on a thread of its own. Every {@value #PERIOD_MS} ms memory and processor time of the processes behind the sockets: at most {@value #MAX_PROCESSES} a round,
 * the next ones in the next; a process is told from another of the same id by its start time. Every {@value #AROUND_MS} ms the daemon's own open files and socket; where counting would take
 * more than a hundredth of a processor less often, but every {@value #SELDOM_MS} ms.
 */
public final class ProcessSampler implements AutoCloseable {
    static final long PERIOD_MS = 2_000;
    static final int MAX_PROCESSES = 256;
    static final long AROUND_MS = 300;
    private static final long SELDOM_MS = 1_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final long ANSWER_MS = 1_000;
    private static final long TICKS_PER_S = 100;
    private static final long PAGE_BYTES = 4_096;

    /** The core's side; called on its thread only. */
    public interface Processes {
        /** Process ids of the open sessions, each once. */
        int[] pids();

        void sampled(List<ProcessUse> uses);

        void around(Surroundings now);
    }

    private record Last(long startTicks, long cpuTicks, long atNs) {}

    private final CoreQueue core;
    private final Processes processes;
    private final BooleanSupplier isSocketThere;
    private final Clock clock;
    private final Path proc;
    private final Thread thread;
    private Surroundings around = Surroundings.FINE;
    private final Map<Integer, Last> last = new HashMap<>();
    private int from;

    public ProcessSampler(CoreQueue core, Processes processes, BooleanSupplier isSocketThere, Clock clock) {
        this(core, processes, isSocketThere, clock, Path.of("/proc"));
    }

    ProcessSampler(CoreQueue core, Processes processes, BooleanSupplier isSocketThere, Clock clock, Path proc) {
        this.core = core;
        this.processes = processes;
        this.isSocketThere = isSocketThere;
        this.clock = clock;
        this.proc = proc;
        thread = new Thread(this::run, "process-sampler");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            long pauseMs = AROUND_MS;
            long sinceMs = 0;
            while (true) {
                TimeUnit.MILLISECONDS.sleep(pauseMs);
                sinceMs += pauseMs;
                pauseMs = lookAround();
                if (sinceMs >= PERIOD_MS) {
                    sinceMs = 0;
                    round();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when to look again. */
    private long lookAround() {
        long fromNs = THREADS.getCurrentThreadCpuTime();
        Surroundings now = new Surroundings(around.files().again(), isSocketThere.getAsBoolean());
        if (!now.equals(around)) {
            around = now;
            core.post(() -> processes.around(now));
        }
        long tookMs = TimeUnit.NANOSECONDS.toMillis(THREADS.getCurrentThreadCpuTime() - fromNs);
        return Math.min(SELDOM_MS, Math.max(AROUND_MS, tookMs * 100));
    }

    private void round() throws InterruptedException {
        CompletableFuture<int[]> asked = new CompletableFuture<>();
        core.post(() -> asked.complete(processes.pids()));
        try {
            List<ProcessUse> uses = sample(asked.get(ANSWER_MS, TimeUnit.MILLISECONDS));
            core.post(() -> processes.sampled(uses));
        } catch (ExecutionException | TimeoutException e) {
            last.clear(); // a core that does not answer is told by /livez; the next round begins anew
        }
    }

    List<ProcessUse> sample(int[] pids) {
        List<ProcessUse> uses = new ArrayList<>();
        int n = Math.min(MAX_PROCESSES, pids.length);
        for (int i = 0; i < n; i++) {
            ProcessUse use = sample(pids[(from + i) % pids.length]);
            if (use != null) {
                uses.add(use);
            }
        }
        from = pids.length == 0 ? 0 : (from + n) % pids.length;
        if (last.size() > 2 * Math.max(pids.length, MAX_PROCESSES)) {
            last.clear();
        }
        return uses;
    }

    /** Null when the process is gone, or may not be looked at. */
    private @Nullable ProcessUse sample(int pid) {
        try {
            String stat = Files.readString(proc.resolve(pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long cpu = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            long start = Long.parseLong(fields[19]);
            long rss = Long.parseLong(fields[21]) * PAGE_BYTES;
            long now = clock.nanoTime();
            Last before = last.put(pid, new Last(start, cpu, now));
            boolean isSame = before != null && before.startTicks == start && now > before.atNs;
            double percent = isSame ? (cpu - before.cpuTicks) * 1e11 / TICKS_PER_S / (now - before.atNs) : 0;
            return new ProcessUse(pid, rss, percent, now);
        } catch (IOException | RuntimeException e) {
            last.remove(pid);
            return null;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
