package dev.relay.daemon.routing;

import dev.relay.daemon.routing.BusSnapshot.StoreState;
import dev.relay.protocol.OpenFiles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well the daemon is, from 100 down, every point with its reason. A rule is one line here; the operations guide lists the same.
 *
 * @param score 0 to 100
 * @param deductions what was subtracted and why
 */
public record Health(int score, List<Deduction> deductions) {
    private static final long SLOW_BATCH_MS = 700;
    private static final int NAMED = 4;

    /** Every deduction there can be. */
    public static final List<String> NAMES = List.of(
            "store_failed",
            "core_stuck",
            "socket_gone",
            "storage_full",
            "store_retrying",
            "store_slow",
            "files_low",
            "agents_suspect",
            "agents_silent",
            "agents_lost",
            "spilled",
            "dead_letters");

    /** One reason. */
    public record Deduction(String name, int points, String detail) {}

    /** Judges the facts of one moment. */
    public static Health of(BusSnapshot facts) {
        List<Deduction> found = new ArrayList<>();
        deduct(found, facts.store() == StoreState.FAILED, "store_failed", 100, "the store stopped; restart the daemon");
        deduct(
                found,
                !facts.around().isSocketThere(),
                "socket_gone",
                60,
                "somebody removed or replaced the file of the socket, so nobody new can connect; restart the daemon");
        deduct(
                found,
                facts.store() == StoreState.FULL,
                "storage_full",
                60,
                "no room for new messages; free disk space");
        deduct(
                found,
                facts.store() == StoreState.RETRYING,
                "store_retrying",
                30,
                "the last commit failed and is repeated");
        deduct(
                found,
                facts.oldestBatchMs() > SLOW_BATCH_MS,
                "store_slow",
                20,
                "a commit is under way for " + facts.oldestBatchMs() + " ms");
        OpenFiles files = facts.around().files();
        deduct(found, files.areLow(), "files_low", 20, files + "; at the limit nobody can connect");
        deduct(found, facts.suspects() > 0, "agents_suspect", 10, facts.suspects() + " sessions are silent for 3 s");
        agents(found, "agents_silent", facts.silentAgents());
        agents(found, "agents_lost", facts.lostAgents());
        deduct(
                found,
                facts.spilledMessages() > 0,
                "spilled",
                10,
                facts.spilledMessages() + " messages wait in the store only");
        deduct(
                found,
                facts.deadLetters() > 0,
                "dead_letters",
                5,
                facts.deadLetters() + " dead letters; see: relay dlq ls");
        return of(found);
    }

    /** The score that these reasons leave. */
    public static Health of(List<Deduction> found) {
        int sum = found.stream().mapToInt(Deduction::points).sum();
        return new Health(Math.max(0, 100 - sum), List.copyOf(found));
    }

    /** When the core gives no facts at all. */
    public static Health stuck() {
        return new Health(0, List.of(new Deduction("core_stuck", 100, "the core did not answer within 0.7 s")));
    }

    /** Points of one reason, 0 when it does not hold. */
    public int points(String name) {
        return deductions.stream()
                .filter(d -> d.name().equals(name))
                .mapToInt(Deduction::points)
                .sum();
    }

    /** The same as {@link #asJson} with every check, also those that are fine. */
    public Map<String, Object> asVerboseJson() {
        Map<String, Object> json = asJson();
        json.put(
                "checks",
                NAMES.stream()
                        .map(name -> Map.<String, Object>of(
                                "name", name, "ok", points(name) == 0, "points", (long) points(name)))
                        .toList());
        return json;
    }

    public Map<String, Object> asJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("score", (long) score);
        json.put(
                "deductions",
                deductions.stream()
                        .map(d -> Map.<String, Object>of(
                                "name", d.name(), "points", (long) d.points(), "detail", d.detail()))
                        .toList());
        return json;
    }

    private static void agents(List<Deduction> found, String name, List<String> agents) {
        int more = agents.size() - NAMED;
        String named = String.join(", ", agents.subList(0, Math.min(NAMED, agents.size())));
        deduct(found, !agents.isEmpty(), name, 5, more > 0 ? named + " and " + more + " more" : named);
    }

    private static void deduct(List<Deduction> found, boolean holds, String name, int points, String detail) {
        if (holds) {
            found.add(new Deduction(name, points, detail));
        }
    }
}
