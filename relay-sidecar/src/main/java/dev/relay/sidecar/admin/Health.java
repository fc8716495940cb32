package dev.relay.sidecar.admin;

import java.util.List;

/** A score from 0 to 100 and the named reasons for what is missing. */
public record Health(int score, List<Deduction> deductions) {

    /** One reason: a fixed name, its points, and what was seen. */
    public record Deduction(String name, int points, String detail) {}

    public static Health of(List<Deduction> deductions) {
        int lost = deductions.stream().mapToInt(Deduction::points).sum();
        return new Health(Math.max(0, 100 - lost), List.copyOf(deductions));
    }
}
