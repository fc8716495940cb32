package dev.relay.sidecar.book;

/** How a venue's change says which book it continues. */
public enum SequenceRule {
    /** A change covers the ids firstId to lastId; the next one begins at most right after the book's id (Binance). */
    RANGES {
        @Override
        Step step(long seq, Delta delta) {
            return delta.lastId() <= seq ? Step.OLD : delta.firstId() > seq + 1 ? Step.GAP : Step.NEXT;
        }

        @Override
        Step join(long seq, Delta delta) {
            return step(seq, delta);
        }
    },
    /**
     * A change names its predecessor in firstId and itself in lastId (OKX). Equal ids are a sign of life without a
     * change; a lastId below firstId is the venue's restart of its numbering, which the right predecessor makes good.
     */
    LINKED {
        @Override
        Step step(long seq, Delta delta) {
            return delta.firstId() == seq ? Step.NEXT : Step.GAP;
        }

        @Override
        Step join(long seq, Delta delta) {
            return delta.lastId() <= seq ? Step.OLD : delta.firstId() > seq ? Step.GAP : Step.NEXT;
        }
    },
    /** Changes carry no ids: only the connection's order and a checksum, if any, speak for them. */
    NONE {
        @Override
        Step step(long seq, Delta delta) {
            return Step.NEXT;
        }

        @Override
        Step join(long seq, Delta delta) {
            return Step.NEXT;
        }
    };

    enum Step {
        NEXT,
        /** Already inside the book. */
        OLD,
        GAP
    }

    /** What a change is to a book at {@code seq}. */
    abstract Step step(long seq, Delta delta);

    /** The same for the first changes behind a snapshot that was fetched apart from the stream. */
    abstract Step join(long seq, Delta delta);
}
