package dev.relay.daemon.proposal;

import dev.relay.daemon.routing.Arguments;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks to be decided, as it was asked; a proposal once it has no mistake. Immutable.
 *
 * @param rule null for one that there is not
 * @param weights each voter's; null when they are not as they should be
 */
record Petition(
        String title,
        @Nullable Object body,
        @Nullable Rule rule,
        long threshold,
        @Nullable Map<String, Long> weights,
        long timeoutMs) {
    static final int MAX_VOTERS = 64;
    static final int MAX_TITLE_CHARS = 200;
    static final int MAX_BODY_BYTES = 16 << 10;
    static final long MAX_WEIGHT = 1_000_000;
    static final long MAX_TIMEOUT_MS = 7L * 24 * 3_600_000;

    static Petition of(Map<String, @Nullable Object> request) {
        Rule rule = Rule.of(Arguments.text(request, "rule", "majority"));
        return new Petition(
                Arguments.text(request, "title", ""),
                request.get("body"),
                rule,
                Arguments.number(request, "threshold", 0),
                weights(request, rule),
                Arguments.number(request, "timeout_ms", 0));
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

    /** What is wrong with it, or null. */
    @Nullable
    String mistake() {
        if (title.isEmpty() || title.length() > MAX_TITLE_CHARS) {
            return "title has 1 to " + MAX_TITLE_CHARS + " characters";
        }
        if (rule == null) {
            return "rule is majority, supermajority, unanimous, quorum or weighted";
        }
        if (timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS) {
            return "timeout_ms is 1 to " + MAX_TIMEOUT_MS;
        }
        if (weights == null) {
            return "voters is a list of 1 to " + MAX_VOTERS
                    + " names, or with rule weighted an object of weights from 1 to " + MAX_WEIGHT;
        }
        return isOutOfReach(rule, weights)
                ? "threshold is 1 to what all voters have together, for quorum and weighted"
                : null;
    }

    private boolean isOutOfReach(Rule ofRule, Map<String, Long> ofVoters) {
        long total = ofVoters.values().stream().mapToLong(Long::longValue).sum();
        boolean mayHaveOne = ofRule == Rule.QUORUM || ofRule == Rule.WEIGHTED;
        return threshold < 0 || threshold > total || (threshold > 0 && !mayHaveOne);
    }

    boolean isTooLarge() {
        return Arguments.bytes(body) > MAX_BODY_BYTES;
    }

    Set<String> voters() {
        return Objects.requireNonNull(weights).keySet();
    }

    Proposal open(long no, String namespace, String by, long nowMs) {
        return new Proposal(
                no,
                namespace,
                by,
                title,
                body,
                Objects.requireNonNull(rule),
                threshold,
                Objects.requireNonNull(weights),
                nowMs,
                timeoutMs);
    }
}
