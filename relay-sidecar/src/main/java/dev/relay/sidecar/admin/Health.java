package dev.relay.sidecar.admin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A score from 0 to 100 and the named reasons for what is missing. */
public record Health(int score, List<Deduction> deductions) {
    /** Every deduction there can be. */
    public static final List<String> NAMES = List.of(
            "feed_loop_stalled",
            "feed_not_streaming",
            "feed_silent",
            "books_not_live",
            "symbols_refused",
            "fenced",
            "redis_down",
            "redis_silent",
            "redis_refuses",
            "orders_not_live",
            "venue_key_refused",
            "killed",
            "bus_disconnected",
            "bus_silent",
            "journal_failing",
            "order_loop_crashed",
            "files_low");

    /** One reason: a fixed name, its points, and what was seen. */
    public record Deduction(String name, int points, String detail) {}

    public static Health of(List<Deduction> deductions) {
        int lost = deductions.stream().mapToInt(Deduction::points).sum();
        return new Health(Math.max(0, 100 - lost), List.copyOf(deductions));
    }

    /** Points of one reason over all venues, 0 when it does not hold. */
    int points(String name) {
        return deductions.stream()
                .filter(d -> d.name().equals(name))
                .mapToInt(Deduction::points)
                .sum();
    }

    /** Score and deductions, for a message. */
    public Map<String, Object> asJson() {
        List<Map<String, Object>> reasons = new ArrayList<>();
        deductions.forEach(
                d -> reasons.add(Map.of("name", d.name(), "points", (long) d.points(), "detail", d.detail())));
        return Map.of("score", (long) score, "deductions", reasons);
    }

    /** Score and deductions with every check, also those that are fine. */
    Map<String, Object> verbose() {
        List<Map<String, Object>> checks = new ArrayList<>();
        for (String name : NAMES) {
            checks.add(Map.of("name", name, "ok", points(name) == 0, "points", points(name)));
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("score", score);
        json.put("deductions", deductions);
        json.put("checks", checks);
        return json;
    }
}
