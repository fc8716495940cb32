package dev.relay.client;

import java.util.List;

/**
 * How the client stands.
 *
 * @param score 100 is well, 0 is useless
 * @param deductions what was taken off, and why
 */
public record Health(int score, boolean isConnected, List<Deduction> deductions) {
    /** One reason why the score is below 100. */
    public record Deduction(String name, int points, String detail) {}
}
