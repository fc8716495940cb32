package dev.relay.daemon.routing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How well an agent is, from 100 down, every point with its reason, and how loud to say it. A rule is one line of {@link #of}; the operations guide lists the same.
 *
 * @param score 0 to 100
 */
record AgentHealth(int score, Level level, List<Finding> findings) {
    private static final int MANY_ANSWERS = 10;

    /** How urgent it is. */
    enum Level {
        NORMAL,
        WARNING,
        CRITICAL
    }

    /** One reason. */
    record Finding(String name, Level level, int points, String detail) {}

    /** What is judged, at one moment. */
    record State(
            boolean isConnected,
            boolean isSuspect,
            boolean isPaused,
            boolean isBreakerOpen,
            int openLanes,
            int haltedLanes,
            long queued,
            long pauseAt,
            long oldestUnackedMs,
            long answered,
            double failureRatio) {}

    static AgentHealth of(State s) {
        List<Finding> found = new ArrayList<>();
        add(found, !s.isConnected, Level.CRITICAL, "disconnected", 60, "no session");
        add(found, s.isSuspect, Level.WARNING, "suspect", 20, "silent for 3 s");
        add(found, s.isBreakerOpen, Level.CRITICAL, "breaker_open", 40, "its breaker holds all of its lanes");
        add(found, s.openLanes > 0, Level.WARNING, "lane_breaker_open", 15, s.openLanes + " lanes");
        add(found, s.haltedLanes > 0, Level.WARNING, "lane_halted", 15, s.haltedLanes + " lanes");
        add(found, s.isPaused, Level.WARNING, "paused", 10, "until it is resumed");
        step(found, s.answered >= MANY_ANSWERS ? s.failureRatio * 100 : 0, 10, 50, "failures", "% of its answers");
        step(found, (double) s.oldestUnackedMs, 10_000, 60_000, "oldest_unacked", " ms in a handler");
        step(found, (double) s.queued, (double) s.pauseAt, s.pauseAt * 10.0, "queue", " messages wait");
        int points = found.stream().mapToInt(Finding::points).sum();
        Level level = found.stream().map(Finding::level).max(Level::compareTo).orElse(Level.NORMAL);
        return new AgentHealth(Math.max(0, 100 - points), level, List.copyOf(found));
    }

    private static void step(
            List<Finding> found, double value, double warning, double critical, String name, String detail) {
        boolean isCritical = value >= critical;
        Level level = isCritical ? Level.CRITICAL : Level.WARNING;
        add(found, value >= warning, level, name, isCritical ? 30 : 15, Math.round(value) + detail);
    }

    private static void add(List<Finding> found, boolean holds, Level level, String name, int points, String detail) {
        if (holds) {
            found.add(new Finding(name, level, points, detail));
        }
    }

    Map<String, Object> asJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("score", (long) score);
        json.put("level", level.name().toLowerCase(Locale.ROOT));
        json.put("deductions", findings.stream().map(AgentHealth::described).toList());
        return json;
    }

    private static Map<String, Object> described(Finding f) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", f.name);
        json.put("points", (long) f.points);
        json.put("level", f.level.name().toLowerCase(Locale.ROOT));
        json.put("detail", f.detail);
        return json;
    }
}
