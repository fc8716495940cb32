package dev.relay.daemon.proposal;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Caller;
import dev.relay.daemon.routing.Desk;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.state.Arguments;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Proposals and votes. A proposal is kept before its voters are asked, by a durable message of {@code relay-daemon}; every vote and the decision are kept and audited before they are
 * told. What is undecided at its deadline is denied; the deadline is of the monotonic clock, and a restart of the daemon gives no more time. At most {@value #MAX_OPEN} are open
 * (QUEUE_FULL above); of the decided the newest {@value #MAX_DECIDED} stay. Core thread only.
 */
public final class ProposalDesk implements Desk {
    static final int MAX_OPEN = 1_000;
    static final int MAX_DECIDED = 1_000;
    static final int MAX_VOTERS = 64;
    static final int MAX_TITLE_CHARS = 200;
    static final int MAX_BODY_BYTES = 16 << 10;
    static final int MAX_REASON_CHARS = 512;
    static final long MAX_WEIGHT = 1_000_000;
    static final long MAX_TIMEOUT_MS = 7L * 24 * 3_600_000;
    static final String QUESTION = "relay.proposal";
    private static final int MAX_AWAITING = 64;
    private static final int MAX_LISTED = 20;
    private static final String DESK = "proposal";
    private static final List<String> WORDS = List.of("yes", "no", "abstain");

    private final BusServices services;
    private final TreeMap<Long, Proposal> proposals = new TreeMap<>();
    private final Set<Proposal> open = new LinkedHashSet<>();

    public ProposalDesk(BusServices services) {
        this.services = services;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "propose" -> propose(caller, request, answer);
            case "proposal.vote" -> vote(caller, request, answer);
            case "proposal.get" -> withProposal(caller, request, answer, p -> answer.ok(p.described(now())));
            case "proposal.await" -> withProposal(caller, request, answer, p -> await(p, answer));
            case "proposal.ls" -> list(caller, request, answer);
            default -> {
                return false;
            }
        }
        return true;
    }

    private long now() {
        return services.clock().nanoTime();
    }

    // ---- proposing

    private void propose(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String title = Arguments.text(request, "title", "");
        long timeoutMs = Arguments.number(request, "timeout_ms", 0);
        Rule rule = Rule.of(Arguments.text(request, "rule", "majority"));
        Map<String, Long> weights = weights(request, rule);
        long threshold = Arguments.number(request, "threshold", 0);
        if (caller.session() == null) {
            answer.fail(ErrorCode.BAD_REQUEST, "an agent proposes, over the bus");
        } else if (title.isEmpty() || title.length() > MAX_TITLE_CHARS) {
            answer.fail(ErrorCode.BAD_REQUEST, "title has 1 to " + MAX_TITLE_CHARS + " characters");
        } else if (rule == null) {
            answer.fail(ErrorCode.BAD_REQUEST, "rule is majority, supermajority, unanimous, quorum or weighted");
        } else if (timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS) {
            answer.fail(ErrorCode.BAD_REQUEST, "timeout_ms is 1 to " + MAX_TIMEOUT_MS);
        } else if (weights == null) {
            answer.fail(
                    ErrorCode.BAD_REQUEST,
                    "voters is a list of 1 to " + MAX_VOTERS
                            + " names, or with rule weighted an object of weights from 1 to " + MAX_WEIGHT);
        } else if (isOutOfReach(rule, weights, threshold)) {
            answer.fail(
                    ErrorCode.BAD_REQUEST, "threshold is 1 to what all voters have together, for quorum and weighted");
        } else if (Arguments.bytes(request.get("body")) > MAX_BODY_BYTES) {
            answer.fail(ErrorCode.TOO_LARGE, "body has more than bytes=" + MAX_BODY_BYTES);
        } else if (open.size() >= MAX_OPEN) {
            answer.fail(ErrorCode.QUEUE_FULL, "there are open proposals=" + MAX_OPEN);
        } else {
            String missing = weights.keySet().stream()
                    .filter(name -> services.agent(caller.namespace(), name) == null)
                    .findFirst()
                    .orElse("");
            if (!missing.isEmpty()) {
                answer.fail(ErrorCode.NO_SUCH_RECIPIENT, "no such voter: voter=" + missing);
            } else {
                open(caller, title, request.get("body"), rule, threshold, weights, timeoutMs, answer);
            }
        }
    }

    private static boolean isOutOfReach(Rule rule, Map<String, Long> weights, long threshold) {
        long total = weights.values().stream().mapToLong(Long::longValue).sum();
        boolean mayHaveOne = rule == Rule.QUORUM || rule == Rule.WEIGHTED;
        return threshold < 0 || threshold > total || (threshold > 0 && !mayHaveOne);
    }

    /** Each voter and its weight; null when they are not as they should be. */
    private static @Nullable Map<String, Long> weights(Map<String, @Nullable Object> request, @Nullable Rule rule) {
        Map<String, Long> weights = new LinkedHashMap<>();
        if (request.get("voters") instanceof Map<?, ?> given) {
            for (Map.Entry<?, ?> entry : given.entrySet()) {
                boolean isWeight = entry.getValue() instanceof Long w && w >= 1 && w <= MAX_WEIGHT;
                if (!isWeight || rule != Rule.WEIGHTED) {
                    return null;
                }
                weights.put(String.valueOf(entry.getKey()), (Long) entry.getValue());
            }
        } else {
            List<String> names = Arguments.texts(request, "voters");
            if (names == null || names.stream().distinct().count() != names.size()) {
                return null;
            }
            names.forEach(name -> weights.put(name, 1L));
        }
        return weights.isEmpty() || weights.size() > MAX_VOTERS ? null : weights;
    }

    private void open(
            Caller caller,
            String title,
            @Nullable Object body,
            Rule rule,
            long threshold,
            Map<String, Long> weights,
            long timeoutMs,
            Answer answer) {
        long no = proposals.isEmpty() ? 1 : proposals.lastKey() + 1;
        Proposal p = new Proposal(
                no, caller.namespace(), caller.name(), title, body, rule, threshold, weights, wallMs(), timeoutMs);
        p.deadlineNs = now() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        proposals.put(no, p);
        open.add(p);
        keep(p);
        services.audit(
                "propose",
                caller.who(),
                "proposal=" + no + " rule=" + rule.word() + " voters=" + weights + " title=" + title);
        services.whenCommitted(() -> {
            p.isKept = true;
            answer.ok(Map.of("proposal", no));
            ask(p);
        });
    }

    private long wallMs() {
        return services.clock().wallMs();
    }

    private void keep(Proposal p) {
        services.keep(DESK, p.namespace, Long.toString(p.no), p.row(now()));
    }

    /** Sends the question to those who have it not yet; what finds no room is tried again by the timer. */
    private void ask(Proposal p) {
        boolean wasAsked = false;
        for (Map.Entry<String, Long> voter : p.weights.entrySet()) {
            Agent agent = p.asked.contains(voter.getKey()) ? null : services.agent(p.namespace, voter.getKey());
            if (agent != null
                    && services.send("relay-daemon", agent, QUESTION, question(p, voter.getValue())) == null) {
                wasAsked = p.asked.add(voter.getKey());
            }
        }
        if (wasAsked) {
            keep(p);
        }
    }

    private Map<String, @Nullable Object> question(Proposal p, long weight) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("proposal", p.no);
        json.put("title", p.title);
        json.put("body", p.body);
        json.put("by", p.by);
        json.put("rule", p.rule.word());
        json.put("weight", weight);
        json.put("left_ms", p.leftMs(now()));
        return json;
    }

    // ---- voting

    private interface ProposalAction {
        void run(Proposal p);
    }

    private void withProposal(
            Caller caller, Map<String, @Nullable Object> request, Answer answer, ProposalAction then) {
        Proposal p = proposals.get(Arguments.number(request, "proposal", 0));
        boolean isVisible =
                p != null && (caller.namespace().isEmpty() || caller.namespace().equals(p.namespace));
        if (p == null || !isVisible) {
            answer.fail(ErrorCode.NOT_FOUND, "no such proposal: proposal=" + request.get("proposal"));
            return;
        }
        denyIfLate(p);
        then.run(p);
    }

    private void vote(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        withProposal(caller, request, answer, p -> {
            String word = Arguments.text(request, "vote", "");
            String reason = Arguments.text(request, "reason", "");
            if (caller.session() == null || !p.weights.containsKey(caller.name())) {
                answer.fail(ErrorCode.UNAUTHORIZED, "not one of its voters: agent=" + caller.name());
            } else if (!WORDS.contains(word) || reason.length() > MAX_REASON_CHARS) {
                answer.fail(
                        ErrorCode.BAD_REQUEST,
                        "vote is one of " + WORDS + ", reason at most " + MAX_REASON_CHARS + " characters");
            } else if (p.votes.containsKey(caller.name())) {
                answer.fail(ErrorCode.BAD_REQUEST, "has voted already: agent=" + caller.name() + " proposal=" + p.no);
            } else if (!p.isOpen()) {
                answer.fail(ErrorCode.NOT_FOUND, "no longer open: proposal=" + p.no + " decision=" + p.decision);
            } else {
                cast(caller, p, word, reason, answer);
            }
        });
    }

    private void cast(Caller caller, Proposal p, String word, String reason, Answer answer) {
        p.votes.put(caller.name(), new Proposal.Vote(word, reason, wallMs()));
        services.audit("proposal.vote", caller.who(), "proposal=" + p.no + " vote=" + word + " reason=" + reason);
        Boolean outcome = p.outcome();
        if (outcome == null) {
            keep(p);
        } else {
            decide(p, outcome ? Proposal.APPROVED : Proposal.DENIED, "votes");
        }
        services.whenCommitted(() -> answer.ok(Map.of("decision", p.decision)));
    }

    private void decide(Proposal p, String decision, String why) {
        p.decision = decision;
        p.why = why;
        p.decidedMs = wallMs();
        open.remove(p);
        keep(p);
        services.audit("proposal.decided", p.by, "proposal=" + p.no + " decision=" + decision + " why=" + why);
        services.whenCommitted(() -> tell(p));
        forgetOldest();
    }

    private void forgetOldest() {
        while (proposals.size() - open.size() > MAX_DECIDED) {
            Proposal oldest = proposals.values().stream()
                    .filter(p -> !p.isOpen())
                    .findFirst()
                    .orElseThrow();
            proposals.remove(oldest.no);
            services.keep(DESK, oldest.namespace, Long.toString(oldest.no), null);
        }
    }

    private void tell(Proposal p) {
        p.isTold = true;
        Map<String, @Nullable Object> json = p.described(now());
        List<Answer> answers = new ArrayList<>(p.awaiting);
        p.awaiting.clear();
        answers.forEach(answer -> answer.ok(json));
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("event", "proposal");
        event.put("proposal", p.no);
        event.put("title", p.title);
        event.put("by", p.by);
        event.put("decision", p.decision);
        event.put("why", p.why);
        Set<String> concerned = new LinkedHashSet<>(p.weights.keySet());
        concerned.add(p.by);
        for (String name : concerned) {
            Agent agent = services.agent(p.namespace, name);
            if (agent != null && agent.session != null) {
                services.event(agent.session, event);
            }
        }
    }

    private void denyIfLate(Proposal p) {
        if (p.isOpen() && now() - p.deadlineNs >= 0) {
            decide(p, Proposal.DENIED, "timeout");
        }
    }

    // ---- reading

    private void await(Proposal p, Answer answer) {
        if (p.isTold) {
            answer.ok(p.described(now()));
        } else if (p.awaiting.size() >= MAX_AWAITING) {
            answer.fail(ErrorCode.QUEUE_FULL, "awaited already: times=" + MAX_AWAITING + "; ask with proposal.get");
        } else {
            p.awaiting.add(answer);
        }
    }

    /** The newest first, without bodies and votes; at most {@value #MAX_LISTED} before a number. */
    private void list(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        long before = Arguments.number(request, "before", Long.MAX_VALUE);
        boolean onlyOpen = Boolean.TRUE.equals(request.get("open"));
        new ArrayList<>(open).forEach(this::denyIfLate);
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        boolean more = false;
        for (Proposal p : proposals.headMap(before, false).descendingMap().values()) {
            boolean isVisible =
                    caller.namespace().isEmpty() || caller.namespace().equals(p.namespace);
            if (!isVisible || (onlyOpen && !p.isOpen())) {
                continue;
            }
            more = rows.size() >= MAX_LISTED;
            if (more) {
                break;
            }
            Map<String, @Nullable Object> row = p.described(now());
            row.remove("body");
            row.remove("votes");
            row.remove("voters");
            row.put("votes_cast", (long) p.votes.size());
            row.put("votes_wanted", (long) p.weights.size());
            rows.add(row);
        }
        answer.ok(Map.of("proposals", rows, "more", more));
    }

    // ---- time

    @Override
    public void restore(KeptRows.Document row) {
        byte[] body = row.body();
        if (!row.desk().equals(DESK) || body == null) {
            return;
        }
        Proposal p = Proposal.restored(row.namespace(), body, now(), wallMs());
        proposals.put(p.no, p);
        if (p.isOpen()) {
            open.add(p);
        }
    }

    @Override
    public void onTimer(long nowNs) {
        if (open.isEmpty()) {
            return;
        }
        for (Proposal p : new ArrayList<>(open)) {
            denyIfLate(p);
            if (p.isOpen() && p.isKept && p.asked.size() < p.weights.size()) {
                ask(p);
            }
        }
    }
}
