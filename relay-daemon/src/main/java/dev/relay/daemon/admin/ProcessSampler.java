package dev.relay.daemon.admin;

import dev.relay.daemon.flow.ProcessUse;
import dev.relay.daemon.store.CoreQueue;
import dev.relay.protocol.Clock;
import java.io.IOException;
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
import org.jspecify.annotations.Nullable;

/**
 * Looks every {@value #PERIOD_MS} ms at memory and processor time of the processes behind the sockets, on a thread of its own: the core hands out process ids and takes numbers, and never
 * reads a file. At most {@value #MAX_PROCESSES} processes a round, the next ones in the next. A process is told from another of the same id by its start time.
 */
public final class ProcessSampler implements AutoCloseable {
    static final long PERIOD_MS = 2_000;
    static final int MAX_PROCESSES = 256;
    private static final long ANSWER_MS = 1_000;
    private static final long TICKS_PER_S = 100;
    private static final long PAGE_BYTES = 4_096;

    /** The core's side; called on its thread only. */
    public interface Processes {
        /** Process ids of the open sessions, each once. */
        int[] pids();

        void sampled(List<ProcessUse> uses);
    }

    private record Last(long startTicks, long cpuTicks, long atNs) {}

    private final CoreQueue core;
    private final Processes processes;
    private final Clock clock;
    private final Path proc;
    private final Thread thread;
    private final Map<Integer, Last> last = new HashMap<>();
    private int from;

    public ProcessSampler(CoreQueue core, Processes processes, Clock clock) {
        this(core, processes, clock, Path.of("/proc"));
    }

    ProcessSampler(CoreQueue core, Processes processes, Clock clock, Path proc) {
        this.core = core;
        this.processes = processes;
        this.clock = clock;
        this.proc = proc;
        thread = new Thread(this::run, "process-sampler");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(PERIOD_MS);
                round();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
