package dev.relay.protocol;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well a process of Relay is, from 100 down, every point with its reason: what the daemon answers to {@code health} and the sidecar tells with {@code orders.limits}, and both of them over HTTP.
 *
 * @param score 0 to 100
 * @param deductions what was subtracted and why
 */
public record HealthScore(int score, List<Deduction> deductions) {
    /** One reason: a fixed name, its points, and what was seen. */
    public record Deduction(String name, int points, String detail) {
        Map<String, Object> asJson() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", name);
            json.put("points", (long) points);
            json.put("detail", detail);
            return json;
        }
    }

    /** The score that these reasons leave. */
    public static HealthScore of(List<Deduction> found) {
        int sum = found.stream().mapToInt(Deduction::points).sum();
        return new HealthScore(Math.max(0, 100 - sum), List.copyOf(found));
    }

    /** Points of one reason, however often it was found; 0 when it does not hold. */
    public int points(String name) {
        return deductions.stream()
                .filter(d -> d.name().equals(name))
                .mapToInt(Deduction::points)
                .sum();
    }

    public Map<String, Object> asJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("score", (long) score);
        json.put("deductions", deductions.stream().map(Deduction::asJson).toList());
        return json;
    }

    /** The same with every check by its name, also those that are fine. */
    public Map<String, Object> asVerboseJson(List<String> names) {
        Map<String, Object> json = asJson();
        json.put("checks", names.stream().map(this::check).toList());
        return json;
    }

    private Map<String, Object> check(String name) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("ok", points(name) == 0);
        json.put("points", (long) points(name));
        return json;
    }
}
