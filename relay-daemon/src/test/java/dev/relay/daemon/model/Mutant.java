package dev.relay.daemon.model;

/** The rules with one piece taken out. Each must be caught by the search; {@code NONE} must not. */
enum Mutant {
    NONE("the rules as written in protocol/rules.md"),
    R1_EPOCH_KEPT_BY_NEW_PROCESS("a new sender process gets the epoch of its predecessor"),
    R1_NEW_EPOCH_ON_RECONNECT("a reconnect of the same process gets a new epoch"),
    R1_EPOCH_WITHOUT_BOOT_NO("the epoch is a counter in the daemon's memory"),
    R1_STALE_EPOCH_ACCEPTED("frames of a replaced sender process are accepted"),
    R1_STALE_RESENT_TOLD_REFUSED("STALE_EPOCH for a RESENT frame is told as refused, not as unknown"),
    R2_RING_INSTEAD_OF_MARK("acceptance asks only whether the seq was seen lately"),
    R2_MARK_MOVES_ON_REFUSAL("a refused seq moves the mark"),
    R2_RESENT_MAY_BE_REFUSED("a RESENT frame may be refused for want of room"),
    R2_SEQ_REUSED_AT_ONCE("a refused seq is re-used before all answers to pipelined frames are in"),
    R3_NO_RESOLVED_TO("the mark is not raised on resume"),
    R3_GAP_NOT_FINISHED("positions between durable mark and resolved_to are not entered as finished"),
    R3_NEW_BEFORE_UNRESOLVED("a new message is written before the unresolved ones"),
    R3_RESENT_OUT_OF_ORDER("unresolved messages are re-sent in reverse order"),
    R4_FLOOR_CLAMPED("a recipient that is ahead is set back to the daemon's floor"),
    R4_IDENTITY_IS_DAEMON_NUMBER("deliveries carry a number of the daemon's own"),
    R5_INBOX_DIES_WITH_CONNECTION("the inbox forgets what it handles when its connection breaks"),
    R5_ACK_NOT_REPEATED("an ACK is not repeated on the next session"),
    R5_ACK_OK_BEFORE_COMMIT("ACK_OK is sent before the floor is durable"),
    R6_FLOORS_COMMITTED_FIRST("floors are committed before marks and frames"),
    R6_FRAMES_COMMITTED_FIRST("marks and frames are committed before floors"),
    R6_TOPIC_LANES_APART("the frames of a topic's second subscriber are committed later"),
    R7A_ANY_RECIPIENT("ok by ack when one of two subscribers has acked"),
    R7B_DISK_IGNORED("ok by ack for a message that asked for disk"),
    R7C_FORWARD_IGNORED("done is told while what the handler sent is not safe"),
    R7C_CIRCLE_WITHOUT_ACK("a request and its reply are called safe when only the request is acked"),
    R7C_ACK_BEFORE_SENDS("the SDK writes the ACK before what the handler sent"),
    R7C_HELLO_FLOOR_IS_ACK("the floor in HELLO finishes messages, ahead of the recipient's own re-sends"),
    R8_FAILED_COMMIT_REFUSES("a failed commit refuses what it held"),
    R9_RESENT_NOT_FLAGGED("a RESENT message is delivered as a first delivery"),
    R9_RECOVERED_NOT_FLAGGED("a recovered message is delivered as a first delivery"),
    R9_REWRITTEN_NOT_FLAGGED("what was written to an earlier session is delivered as a first delivery");

    private final String change;

    Mutant(String change) {
        this.change = change;
    }

    String change() {
        return change;
    }
}
