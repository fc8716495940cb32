package dev.relay.client;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decisions of a group: somebody proposes, voters are asked by a durable message, the daemon counts by a rule and denies what is undecided
 * in time. Safe for any thread; calls throw {@link RelayRefused} (BAD_REQUEST, NO_SUCH_RECIPIENT, UNAUTHORIZED for who is no voter,
 * NOT_FOUND for what is no longer open) or {@link RelayTimeout}.
 */
public final class Proposals {
    private static final String QUESTION = "relay.proposal";
    private static final String DAEMON = "relay-daemon";
    private static final long GRACE_MS = 10_000;
    private static final long RECONNECT_NS = 50_000_000;

    private final Relay relay;

    Proposals(Relay relay) {
        this.relay = relay;
    }

    /** Proposes and waits for the decision. {@code rule}: majority, supermajority, unanimous or quorum. */
    public Decision propose(String title, List<String> voters, String rule, Duration timeout) {
        return await(open(title, null, voters, rule, 0, timeout), timeout);
    }

    /** Proposes by weights: approved when the yes votes weigh {@code threshold}, more than half of all when it is 0. */
    public Decision propose(String title, Map<String, Long> weights, long threshold, Duration timeout) {
        return await(open(title, null, weights, "weighted", threshold, timeout), timeout);
    }

    /** Proposes and returns its number. {@code voters}: a list of names, or a map of weights. */
    public long open(
            String title, @Nullable Object body, Object voters, String rule, long threshold, Duration timeout) {
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("title", title);
        if (body != null) {
            arguments.put("body", body);
        }
        arguments.put("voters", voters);
        arguments.put("rule", rule);
        arguments.put("threshold", threshold);
        arguments.put("timeout_ms", timeout.toMillis());
        return number(relay.control("propose", arguments).get("proposal"));
    }

    private static long number(@Nullable Object json) {
        return json instanceof Long number ? number : 0;
    }

    /** Waits for the decision, over reconnects; {@link RelayTimeout} some seconds after the time that is given. */
    public Decision await(long proposal, Duration timeout) {
        long deadlineNs = System.nanoTime() + timeout.toNanos() + TimeUnit.MILLISECONDS.toNanos(GRACE_MS);
        while (true) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
            if (leftMs <= 0) {
                throw new RelayTimeout("proposal=" + proposal, timeout.toMillis() + GRACE_MS);
            }
            try {
                return decision(
                        relay.control("proposal.await", Map.of("proposal", proposal), Duration.ofMillis(leftMs)));
            } catch (RelayException e) {
                if (!e.code().equals("NOT_CONNECTED")) {
                    throw e;
                }
                LockSupport.parkNanos(RECONNECT_NS);
            }
        }
    }

    private static Decision decision(Map<String, @Nullable Object> json) {
        Map<String, Vote> votes = new LinkedHashMap<>();
        if (json.get("votes") instanceof Map<?, ?> cast) {
            cast.forEach((voter, vote) -> {
                if (vote instanceof Map<?, ?> each) {
                    Vote.Word word =
                            Vote.Word.valueOf(String.valueOf(each.get("vote")).toUpperCase(Locale.ROOT));
                    votes.put(String.valueOf(voter), new Vote(word, String.valueOf(each.get("reason"))));
                }
            });
        }
        return new Decision(
                number(json.get("proposal")),
                "approved".equals(json.get("decision")),
                String.valueOf(json.get("why")),
                votes);
    }

    /** As the protocol describes a proposal. */
    public Map<String, @Nullable Object> get(long proposal) {
        return relay.control("proposal.get", Map.of("proposal", proposal));
    }

    /** The newest first, at most 20. */
    public List<Map<String, @Nullable Object>> list(boolean onlyOpen) {
        return Rows.of(relay.control("proposal.ls", Map.of("open", onlyOpen)), "proposals");
    }

    /** Votes once; returns the decision so far: open, approved or denied. */
    public String vote(long proposal, Vote vote) {
        return String.valueOf(relay.control(
                        "proposal.vote",
                        Map.of("proposal", proposal, "vote", vote.word().wire(), "reason", vote.reason()))
                .get("decision"));
    }

    /** Registers what this agent votes, before {@code start}. A question that is decided or answered already, as after a redelivery, is passed. */
    public void onQuestion(Function<Question, Vote> voter) {
        relay.on(QUESTION, HandlerOptions.from(DAEMON), message -> answer(voter, message.json()));
    }

    private void answer(Function<Question, Vote> voter, Map<String, @Nullable Object> json) {
        Question question = new Question(
                number(json.get("proposal")),
                String.valueOf(json.get("title")),
                json.get("body"),
                String.valueOf(json.get("by")),
                String.valueOf(json.get("rule")),
                number(json.get("weight")),
                number(json.get("left_ms")));
        Map<String, @Nullable Object> now = get(question.proposal());
        boolean hasVoted = now.get("votes") instanceof Map<?, ?> votes && votes.containsKey(relay.name());
        if (hasVoted || !"open".equals(now.get("decision"))) {
            return;
        }
        try {
            vote(question.proposal(), voter.apply(question));
        } catch (RelayRefused e) {
            if (!e.code().equals("NOT_FOUND")) {
                throw e; // decided meanwhile is no failure
            }
        }
    }
}
