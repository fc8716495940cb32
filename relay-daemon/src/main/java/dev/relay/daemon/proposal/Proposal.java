package dev.relay.daemon.proposal;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.Arguments;
import dev.relay.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One question and its votes. Bounded by {@link ProposalDesk}; core thread only. */
final class Proposal {
    static final String OPEN = "open";
    static final String APPROVED = "approved";
    static final String DENIED = "denied";

    /** What a voter said. */
    record Vote(String word, String reason, long atMs) {}

    final long no;
    final String namespace;
    final String by;
    final String title;
    final @Nullable Object body;
    final Rule rule;
    final long threshold;
    final Map<String, Long> weights;
    final long createdMs;
    final long timeoutMs;
    final Map<String, Vote> votes = new LinkedHashMap<>();
    /** Voters whose question is on its way durably. */
    final Set<String> asked = new LinkedHashSet<>();

    final List<Answer> awaiting = new ArrayList<>();
    long deadlineNs;
    String decision = OPEN;
    String why = "";
    long decidedMs;
    /** Its row is committed: voters may hear of it. */
    boolean isKept;
    /** The decision is committed: everybody may hear of it. */
    boolean isTold;

    Proposal(
            long no,
            String namespace,
            String by,
            String title,
            @Nullable Object body,
            Rule rule,
            long threshold,
            Map<String, Long> weights,
            long createdMs,
            long timeoutMs) {
        this.no = no;
        this.namespace = namespace;
        this.by = by;
        this.title = title;
        this.body = body;
        this.rule = rule;
        this.threshold = threshold;
        this.weights = weights;
        this.createdMs = createdMs;
        this.timeoutMs = timeoutMs;
    }

    boolean isOpen() {
        return decision.equals(OPEN);
    }

    long leftMs(long nowNs) {
        return isOpen() ? Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNs - nowNs)) : 0;
    }

    private long weight(String word) {
        return votes.entrySet().stream()
                .filter(vote -> word.isEmpty() || vote.getValue().word.equals(word))
                .mapToLong(vote -> Objects.requireNonNull(weights.get(vote.getKey())))
                .sum();
    }

    /** As {@link Rule#outcome}. */
    @Nullable
    Boolean outcome() {
        long total = weights.values().stream().mapToLong(Long::longValue).sum();
        return rule.outcome(total, weight("yes"), weight("no"), weight(""), threshold);
    }

    /** As the protocol describes it; an uncommitted decision is not told. */
    Map<String, @Nullable Object> described(long nowNs) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("proposal", no);
        json.put("title", title);
        json.put("body", body);
        json.put("by", by);
        json.put("rule", rule.word());
        json.put("threshold", threshold);
        json.put("voters", weights);
        json.put("votes", votesJson());
        json.put("created_ms", createdMs);
        json.put("timeout_ms", timeoutMs);
        json.put("left_ms", leftMs(nowNs));
        json.put("decision", isTold ? decision : OPEN);
        json.put("why", isTold ? why : "");
        json.put("decided_ms", isTold ? decidedMs : 0L);
        return json;
    }

    private Map<String, Object> votesJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        votes.forEach(
                (voter, vote) -> json.put(voter, Map.of("vote", vote.word, "reason", vote.reason, "at_ms", vote.atMs)));
        return json;
    }

    byte[] row(long nowNs) {
        Map<String, @Nullable Object> json = described(nowNs);
        json.put("decision", decision);
        json.put("why", why);
        json.put("decided_ms", decidedMs);
        json.put("asked", new ArrayList<>(asked));
        return Json.write(json).getBytes(StandardCharsets.UTF_8);
    }

    /** What {@link #row} wrote. Of an open one so much time is left as was left then, less what the wall clock says has passed: a clock set back gives none. */
    static Proposal restored(String namespace, byte[] row, long nowNs, long wallMs) {
        Map<String, @Nullable Object> json = Json.object(new String(row, StandardCharsets.UTF_8));
        Map<String, Long> weights = new LinkedHashMap<>();
        Objects.requireNonNull(Arguments.object(json, "voters")).forEach((k, v) -> weights.put(k, (Long) v));
        Proposal p = new Proposal(
                Arguments.number(json, "proposal", 0),
                namespace,
                Arguments.text(json, "by", ""),
                Arguments.text(json, "title", ""),
                json.get("body"),
                Objects.requireNonNull(Rule.of(Arguments.text(json, "rule", ""))),
                Arguments.number(json, "threshold", 0),
                weights,
                Arguments.number(json, "created_ms", 0),
                Arguments.number(json, "timeout_ms", 0));
        p.restoreVotes(json);
        p.decision = Arguments.text(json, "decision", OPEN);
        p.why = Arguments.text(json, "why", "");
        p.decidedMs = Arguments.number(json, "decided_ms", 0);
        p.isKept = true;
        p.isTold = !p.isOpen();
        long leftMs = Math.min(Arguments.number(json, "left_ms", 0), p.createdMs + p.timeoutMs - wallMs);
        p.deadlineNs = nowNs + TimeUnit.MILLISECONDS.toNanos(Math.max(0, leftMs));
        return p;
    }

    private void restoreVotes(Map<String, @Nullable Object> json) {
        Map<String, @Nullable Object> cast = Objects.requireNonNull(Arguments.object(json, "votes"));
        for (String voter : cast.keySet()) {
            Map<String, @Nullable Object> vote = Objects.requireNonNull(Arguments.object(cast, voter));
            votes.put(
                    voter,
                    new Vote(
                            Arguments.text(vote, "vote", ""),
                            Arguments.text(vote, "reason", ""),
                            Arguments.number(vote, "at_ms", 0)));
        }
        asked.addAll(Objects.requireNonNull(Arguments.texts(json, "asked")));
    }
}
