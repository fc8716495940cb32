package dev.relay.cli.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Judges the samples of a long run. Over the last three quarters nothing that is kept may grow (the fitted line, less its noise, stays below an allowance far smaller than any leak that matters), and
 * p99.9 of every sample stays within {@value #P999_RATIO} times that of the first.
 */
record SoakVerdict(List<String> failures, Map<String, Object> figures) {
    static final double P999_RATIO = 3;
    private static final double ALLOWED_BYTES = 1 << 20;
    /** Netty takes direct memory in chunks of 4 MiB and keeps them: one more after a burst is no leak, which would take the next one too. */
    private static final double ALLOWED_DIRECT_BYTES = 8 << 20;

    private static final double ALLOWED_FILES = 1;

    static SoakVerdict of(List<Map<String, @Nullable Object>> samples) {
        SoakVerdict verdict = new SoakVerdict(new ArrayList<>(), new LinkedHashMap<>());
        List<Map<String, @Nullable Object>> late = samples.subList(samples.size() / 4, samples.size());
        samples.get(0).keySet().stream().filter(SoakVerdict::mayNotGrow).forEach(name -> verdict.growth(name, late));
        verdict.tail(samples);
        return verdict;
    }

    boolean isSteady() {
        return failures.isEmpty();
    }

    /** The file of the store grows and shrinks by pages that are used again; it is told, and not judged. */
    private static boolean mayNotGrow(String name) {
        return name.endsWith("_files")
                || name.equals("wal_bytes")
                || name.endsWith("_heap_bytes")
                || name.endsWith("_direct_bytes");
    }

    private static double allowed(String name) {
        if (name.endsWith("_files")) {
            return ALLOWED_FILES;
        }
        return name.endsWith("_direct_bytes") ? ALLOWED_DIRECT_BYTES : ALLOWED_BYTES;
    }

    private void growth(String name, List<Map<String, @Nullable Object>> late) {
        Growth growth = Growth.of(
                late.stream().mapToDouble(sample -> Floor.number(sample, name)).toArray());
        figures.put(name + "_rise", Rig.round(growth.rise()));
        figures.put(name + "_noise", Rig.round(growth.noise()));
        double allowed = allowed(name);
        if (growth.exceeds(allowed)) {
            failures.add(name + " grows: rise=" + Rig.round(growth.rise()) + " noise=" + Rig.round(growth.noise())
                    + " allowed=" + allowed);
        }
    }

    private void tail(List<Map<String, @Nullable Object>> samples) {
        double first = Floor.number(samples.get(0), "p999_us");
        double worst = 0;
        int over = 0;
        for (Map<String, @Nullable Object> sample : samples) {
            double p999 = Floor.number(sample, "p999_us");
            worst = Math.max(worst, p999);
            over += p999 > P999_RATIO * first ? 1 : 0;
        }
        figures.put("p999_us_first", first);
        figures.put("p999_us_worst", worst);
        figures.put("p999_ratio_worst", Rig.round(worst / Math.max(1, first)));
        figures.put("p999_samples_over", over);
        if (over > 0) {
            failures.add("p99.9 of " + over + " of " + samples.size() + " samples is above " + P999_RATIO
                    + " times the first: first_us=" + first + " worst_us=" + worst);
        }
    }
}
