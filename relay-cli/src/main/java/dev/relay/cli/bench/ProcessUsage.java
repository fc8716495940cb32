package dev.relay.cli.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the kernel says of one process at one moment; zeros where there is no {@code /proc}.
 *
 * @param cpuNs time on a processor, of the threads that live
 * @param switches context switches, voluntary and not, of the threads that live
 */
record ProcessUsage(long cpuNs, long switches, long residentKb) {
    static ProcessUsage of(long pid) {
        Path proc = Path.of("/proc", String.valueOf(pid));
        try {
            return Files.isDirectory(proc) ? read(proc) : new ProcessUsage(0, 0, 0);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + proc, e);
        }
    }

    private static ProcessUsage read(Path proc) throws IOException {
        long cpuNs = 0;
        long switches = 0;
        try (Stream<Path> tasks = Files.list(proc.resolve("task"))) {
            for (Path task : tasks.toList()) {
                cpuNs += firstNumber(lines(task.resolve("schedstat")));
                List<String> status = lines(task.resolve("status"));
                switches += field(status, "voluntary_ctxt_switches:") + field(status, "nonvoluntary_ctxt_switches:");
            }
        }
        return new ProcessUsage(cpuNs, switches, field(lines(proc.resolve("status")), "VmRSS:"));
    }

    ProcessUsage minus(ProcessUsage before) {
        return new ProcessUsage(cpuNs - before.cpuNs, switches - before.switches, residentKb);
    }

    /** File descriptors that it holds; 0 where there is no {@code /proc}. */
    static long openFiles(long pid) {
        Path open = Path.of("/proc", String.valueOf(pid), "fd");
        if (!Files.isDirectory(open)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(open)) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + open, e);
        }
    }

    /** A thread that has just ended has no lines. */
    private static List<String> lines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            if (Files.exists(file)) {
                throw e;
            }
            return List.of();
        }
    }

    private static long firstNumber(List<String> lines) {
        return lines.isEmpty() ? 0 : Long.parseLong(lines.get(0).split(" ", -1)[0]);
    }

    private static long field(List<String> lines, String name) {
        for (String line : lines) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.substring(name.length()).trim().split(" ", -1)[0]);
            }
        }
        return 0;
    }
}
