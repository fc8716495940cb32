package dev.relay.cli.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Ratios: of a figure to the floor of the same run, and of two configurations pair by pair, which a drifting machine touches least. Stateless. */
final class Ratios {
    private static final List<String> COMPARED =
            List.of("p50_us", "p99_us", "p999_us", "per_second", "daemon_cpu_us_per_message");

    /** Adds {@code x_floor_*}: of latencies where calls go one at a time, of the rate where they go in a window. */
    static void add(Part part, Map<String, @Nullable Object> figures, Map<String, @Nullable Object> floor) {
        for (String name : part.isMoreBetter ? List.of("per_second") : List.of("p50_us", "p99_us")) {
            double under = Floor.number(floor, name);
            if (under > 0 && figures.containsKey(name)) {
                figures.put("x_floor_" + name, Rig.round(Floor.number(figures, name) / under));
            }
        }
    }

    /** Per figure: both medians, the median of second / first over the pairs, and the range of these ratios. */
    static Map<String, @Nullable Object> of(
            Part part, List<Map<String, @Nullable Object>> firsts, List<Map<String, @Nullable Object>> seconds) {
        return of(names(part), firsts, seconds);
    }

    static Map<String, @Nullable Object> of(
            List<String> figures,
            List<Map<String, @Nullable Object>> firsts,
            List<Map<String, @Nullable Object>> seconds) {
        Map<String, @Nullable Object> report = new LinkedHashMap<>();
        for (String name : figures) {
            double[] first = values(firsts, name);
            double[] second = values(seconds, name);
            if (Arrays.stream(first).anyMatch(value -> value == 0)) {
                continue; // not a figure of this part
            }
            double[] ratios = new double[first.length];
            for (int i = 0; i < first.length; i++) {
                ratios[i] = second[i] / first[i];
            }
            report.put(name + "_first", Rig.round(median(first)));
            report.put(name + "_second", Rig.round(median(second)));
            report.put(name + "_ratio", Rig.round(median(ratios)));
            report.put(name + "_ratio_low", Rig.round(ratios[0]));
            report.put(name + "_ratio_high", Rig.round(ratios[ratios.length - 1]));
        }
        return report;
    }

    private static List<String> names(Part part) {
        return COMPARED.contains(part.key)
                ? COMPARED
                : Stream.concat(COMPARED.stream(), Stream.of(part.key)).toList();
    }

    private static double[] values(List<Map<String, @Nullable Object>> runs, String name) {
        return runs.stream().mapToDouble(run -> Floor.number(run, name)).toArray();
    }

    /** Sorts its argument. */
    private static double median(double[] values) {
        Arrays.sort(values);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private Ratios() {}
}
