package dev.relay.sidecar.admin;

import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/** Meters of the process and its Java machine, under the names that other programs use for theirs. The same names whatever the collector. */
final class ProcessMeters {
    static void bind(MeterRegistry registry) {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        ManagementFactory.getGarbageCollectorMXBeans().forEach(gc -> collections(registry, gc));
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            process(registry, system);
        }
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

    private static void process(MeterRegistry registry, UnixOperatingSystemMXBean system) {
        FunctionCounter.builder("process.cpu.seconds", system, s -> s.getProcessCpuTime() / 1e9)
                .description("processor time of the process")
                .register(registry);
        Gauge.builder("process.open.fds", system, UnixOperatingSystemMXBean::getOpenFileDescriptorCount)
                .description("open file descriptors")
                .register(registry);
        Gauge.builder("process.max.fds", system, UnixOperatingSystemMXBean::getMaxFileDescriptorCount)
                .description("limit of open file descriptors")
                .register(registry);
    }

    private ProcessMeters() {}
}
