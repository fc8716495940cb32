package dev.relay.daemon.proposal;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** When a proposal is approved. Weights are whole numbers, so that every comparison is exact. An abstention counts as cast and not as yes. */
enum Rule {
    /** More than half of the voters say yes. */
    MAJORITY,
    /** At least two thirds of the voters say yes. */
    SUPERMAJORITY,
    /** Every voter says yes. */
    UNANIMOUS,
    /** As soon as enough votes are cast and more of them are yes than no. */
    QUORUM,
    /** The yes votes weigh at least the threshold, more than half of all weight unless it was given. */
    WEIGHTED;

    static @Nullable Rule of(String word) {
        for (Rule rule : values()) {
            if (rule.word().equals(word)) {
                return rule;
            }
        }
        return null;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The weight of yes that it takes; every voter weighs 1 but for {@link #WEIGHTED}. */
    long needed(long total, long threshold) {
        return switch (this) {
            case MAJORITY -> total / 2 + 1;
            case SUPERMAJORITY -> (2 * total + 2) / 3;
            case UNANIMOUS -> total;
            case QUORUM -> threshold > 0 ? threshold : total / 2 + 1;
            case WEIGHTED -> threshold > 0 ? threshold : total / 2 + 1;
        };
    }

    /** TRUE approved, FALSE denied as no further vote can change it, null open. */
    @Nullable
    Boolean outcome(long total, long yes, long no, long cast, long threshold) {
        long needed = needed(total, threshold);
        if (this == QUORUM) {
            if (cast >= needed && yes > no) {
                return true;
            }
            return cast == total ? false : null;
        }
        if (yes >= needed) {
            return true;
        }
        return yes + (total - cast) < needed ? false : null;
    }
}
