package dev.relay.cli.top;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the whole at one moment: the newest sight of the bus, the one before for rates, the newest of the books. Immutable.
 *
 * @param limits what the order side tells of itself, empty when it tells nothing
 * @param isBookside a sidecar has published where its books are
 */
record Picture(long nowNs, Sight bus, Sight before, Sight books, Map<String, ?> limits, boolean isBookside) {
    private static final long SILENT_NS = 700_000_000;

    /** What is wrong, the gravest first. Every line is something a source told, or that it tells nothing. */
    List<String> causes() {
        List<String> found = new ArrayList<>();
        if (isSilent(bus)) {
            found.add("daemon does not answer" + age(bus) + because(bus));
        }
        if (isBookside && isSilent(books)) {
            found.add("Redis does not answer" + age(books) + because(books));
        }
        healthCauses(found);
        bookCauses(found);
        agentCauses(found);
        for (Map<?, ?> lane : bus.lanes()) {
            if (Boolean.TRUE.equals(lane.get("halted"))) {
                found.add("lane " + lane.get("sender") + " > " + lane.get("recipient") + " halted at a dead letter");
            }
        }
        return found;
    }

    private void healthCauses(List<String> found) {
        List<Deduction> deductions = new ArrayList<>(deductions("daemon", bus.health()));
        if (limits.get("health") instanceof Map<?, ?> sidecar) {
            deductions.addAll(deductions("sidecar", sidecar));
        }
        deductions.stream()
                .sorted(Comparator.comparingLong(Deduction::points).reversed())
                .forEach(deduction -> found.add(deduction.text()));
        if (Boolean.TRUE.equals(limits.get("killed"))) {
            found.add("kill switch is on: no new orders");
        }
        if (Boolean.FALSE.equals(limits.get("live"))) {
            found.add("order state is not confirmed by the venue");
        }
    }

    private record Deduction(long points, String text) {}

    private static List<Deduction> deductions(String who, Map<?, ?> health) {
        List<Deduction> found = new ArrayList<>();
        if (health.get("deductions") instanceof List<?> deductions) {
            for (Object deduction : deductions) {
                if (deduction instanceof Map<?, ?> d) {
                    String text = who + " -" + d.get("points") + " " + d.get("name") + ": " + d.get("detail");
                    found.add(new Deduction(number(d.get("points")), text));
                }
            }
        }
        return found;
    }

    private void bookCauses(List<String> found) {
        if (!isBookside || isSilent(books)) {
            return;
        }
        Map<String, Integer> bad = new LinkedHashMap<>();
        for (Map<?, ?> book : books.books()) {
            if ("DOWN".equals(book.get("status"))) {
                bad.merge("sidecar shows no life: venue " + book.get("venue"), 1, Integer::sum);
            } else if (!"LIVE".equals(book.get("status"))) {
                bad.merge(
                        "book " + book.get("venue") + " " + book.get("symbol") + " is " + book.get("status"),
                        1,
                        Integer::sum);
            }
        }
        found.addAll(bad.keySet());
    }

    private void agentCauses(List<String> found) {
        for (Map<?, ?> agent : bus.agents()) {
            if (Boolean.TRUE.equals(agent.get("suspect"))) {
                found.add("agent " + agent.get("name") + " is silent");
            } else if (Boolean.FALSE.equals(agent.get("connected")) && number(agent.get("queued")) > 0) {
                found.add("agent " + agent.get("name") + " is away, " + agent.get("queued") + " messages wait for it");
            }
        }
    }

    private boolean isSilent(Sight sight) {
        return !sight.isKnown() || nowNs - sight.atNs() > SILENT_NS;
    }

    private String age(Sight sight) {
        long ms = (nowNs - sight.atNs()) / 1_000_000;
        return sight.atNs() == 0 ? "" : " for " + String.format(Locale.ROOT, "%.1f s", ms / 1e3);
    }

    private static String because(Sight sight) {
        return sight.isKnown() ? "" : ": " + sight.trouble();
    }

    /** How often a second a counter of the daemon rose between the last two sights; -1 when not known. */
    double rate(String counter) {
        return rate(counters(bus).get(counter), counters(before).get(counter));
    }

    private double rate(@Nullable Object now, @Nullable Object then) {
        double seconds = (bus.atNs() - before.atNs()) / 1e9;
        return now instanceof Number n && then instanceof Number t && seconds > 0
                ? Math.max(0, (n.doubleValue() - t.doubleValue()) / seconds)
                : -1;
    }

    /** The agents, each with the messages a second that it acked between the last two sights. */
    List<Map<?, ?>> agents() {
        Map<String, @Nullable Object> then = new HashMap<>();
        before.agents().forEach(agent -> then.put(keyOf(agent), agent.get("acked")));
        List<Map<?, ?>> rows = new ArrayList<>();
        for (Map<?, ?> agent : bus.agents()) {
            double rate = rate(agent.get("acked"), then.get(keyOf(agent)));
            Map<Object, @Nullable Object> row = new LinkedHashMap<>(agent);
            if (rate >= 0) {
                row.put("rate", String.format(Locale.ROOT, rate < 10 ? "%.1f" : "%.0f", rate));
            }
            rows.add(row);
        }
        return rows;
    }

    private static String keyOf(Map<?, ?> agent) {
        return agent.get("namespace") + "/" + agent.get("name");
    }

    private static Map<?, ?> counters(Sight sight) {
        return sight.status().get("counters") instanceof Map<?, ?> counters ? counters : Map.of();
    }

    static long number(@Nullable Object value) {
        return value instanceof Number n ? n.longValue() : 0;
    }
}
