package dev.relay.cli;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.relay.protocol.OpenFiles;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/**
 * Meters of this process and its Java machine, under the names that other programs use for theirs, the same whatever the collector. Daemon and sidecar know what they do and not which process they are in: the
 * command that is the process adds them to the meters of what it serves.
 */
final class ProcessMeters {
    static void bind(MeterRegistry registry) {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        ManagementFactory.getGarbageCollectorMXBeans().forEach(gc -> collections(registry, gc));
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            FunctionCounter.builder("process.cpu.seconds", system, s -> s.getProcessCpuTime() / 1e9)
                    .description("processor time of the process")
                    .register(registry);
        }
        if (!OpenFiles.now().equals(OpenFiles.UNKNOWN)) {
            files(registry);
        }
    }

    private static void files(MeterRegistry registry) {
        Gauge.builder("process.open.fds", () -> OpenFiles.now().open())
                .description("open file descriptors")
                .register(registry);
        Gauge.builder("process.max.fds", () -> OpenFiles.now().most())
                .description("limit of open file descriptors")
                .register(registry);
    }

    private static void collections(MeterRegistry registry, GarbageCollectorMXBean gc) {
        FunctionTimer.builder(
                        "jvm.gc.collection",
                        gc,
                        GarbageCollectorMXBean::getCollectionCount,
                        GarbageCollectorMXBean::getCollectionTime,
                        TimeUnit.MILLISECONDS)
                .description("collections of garbage and the time they took")
                .tag("gc", gc.getName())
                .register(registry);
    }

    private ProcessMeters() {}
}
