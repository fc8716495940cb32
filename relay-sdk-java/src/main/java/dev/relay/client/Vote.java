package dev.relay.client;

import java.util.Locale;

/** What a voter says to a proposal, and why. */
public record Vote(Word word, String reason) {
    /** The three answers. */
    public enum Word {
        YES,
        NO,
        /** Counts as cast and not as yes. */
        ABSTAIN;

        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Approves. */
    public static Vote yes(String reason) {
        return new Vote(Word.YES, reason);
    }

    /** Is against it. */
    public static Vote no(String reason) {
        return new Vote(Word.NO, reason);
    }

    /** No opinion: counts as cast and not as yes. */
    public static Vote abstain(String reason) {
        return new Vote(Word.ABSTAIN, reason);
    }
}
