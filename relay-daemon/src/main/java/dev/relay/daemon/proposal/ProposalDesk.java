package dev.relay.daemon.proposal;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.Arguments;
import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Caller;
import dev.relay.daemon.routing.Desk;
import dev.relay.daemon.session.Agent;
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
 * Proposals and votes. A proposal is kept before its voters are asked, by a durable message of {@code relay-daemon}; every vote and the
 * decision are kept and audited before they are told. What is undecided at its deadline is denied; the deadline is of the monotonic clock,
 * and a restart of the daemon gives no more time. At most {@value #MAX_OPEN} are open (QUEUE_FULL above); of the decided the newest
 * {@value #MAX_DECIDED} stay. Core thread only.
 */
public final class ProposalDesk implements Desk {
    static final int MAX_OPEN = 1_000;
    static final int MAX_DECIDED = 1_000;
    static final int MAX_REASON_CHARS = 512;
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
        Petition petition = Petition.of(request);
        String mistake = caller.session() == null ? "an agent proposes, over the bus" : petition.mistake();
        if (mistake != null) {
            answer.fail(ErrorCode.BAD_REQUEST, mistake);
        } else if (petition.isTooLarge()) {
            answer.fail(ErrorCode.TOO_LARGE, "body has more than bytes=" + Petition.MAX_BODY_BYTES);
        } else if (open.size() >= MAX_OPEN) {
            answer.fail(ErrorCode.QUEUE_FULL, "there are open proposals=" + MAX_OPEN);
        } else {
            petition.voters().stream()
                    .filter(name -> services.agent(caller.namespace(), name) == null)
                    .findFirst()
                    .ifPresentOrElse(
                            name -> answer.fail(ErrorCode.NO_SUCH_RECIPIENT, "no such voter: voter=" + name),
                            () -> open(caller, petition, answer));
        }
    }

    private void open(Caller caller, Petition petition, Answer answer) {
        long no = proposals.isEmpty() ? 1 : proposals.lastKey() + 1;
        Proposal p = petition.open(no, caller.namespace(), caller.name(), wallMs());
        p.deadlineNs = now() + TimeUnit.MILLISECONDS.toNanos(petition.timeoutMs());
        proposals.put(no, p);
        open.add(p);
        keep(p);
        services.audit(
                "propose",
                caller.who(),
                "proposal=" + no + " rule=" + p.rule.word() + " voters=" + p.weights + " title=" + p.title);
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
