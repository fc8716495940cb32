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

    public static Vote yes(String reason) {
        return new Vote(Word.YES, reason);
    }

    public static Vote no(String reason) {
        return new Vote(Word.NO, reason);
    }

    public static Vote abstain(String reason) {
        return new Vote(Word.ABSTAIN, reason);
    }
}
