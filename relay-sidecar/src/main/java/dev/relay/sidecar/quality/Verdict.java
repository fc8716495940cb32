package dev.relay.sidecar.quality;

/** What the gate thinks of a book that its proof calls right. Everything but PASS is published as not to be believed. */
public enum Verdict {
    PASS,
    /** A price or quantity is zero or less. */
    NON_POSITIVE,
    /** Prices of a side do not fall (bids) or rise (asks) from level to level. */
    UNORDERED,
    /** Best bid at or above best ask. */
    CROSSED,
    /** The middle moved by more than the bound since the last book that passed; held until it is confirmed. */
    PRICE_JUMP,
    /** The book went back to an earlier state. */
    OUT_OF_SEQUENCE,
    /** Nothing at all came from the venue for too long. */
    SILENT
}
