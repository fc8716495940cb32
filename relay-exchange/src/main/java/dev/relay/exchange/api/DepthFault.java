package dev.relay.exchange.api;

/** What can go wrong with the next 100 ms depth event of a symbol. */
public enum DepthFault {
    /** It reaches nobody. */
    GAP,
    /** It is sent twice. */
    DUPLICATE,
    /** It is sent after the one that follows it. */
    REORDER,
    /** It is sent five events later. */
    LATE,
    /** Right ids, and a bid above the best ask that does not exist. */
    CROSSED,
    /** Right ids, and every bid taken away though they still rest. */
    EMPTY_SIDE,
    /** Right ids, and a price with more digits than any number of the venue. */
    HUGE_NUMBER,
    /** Fields that nobody knows. */
    UNKNOWN_FIELD,
    /** Half a message. */
    BROKEN
}
