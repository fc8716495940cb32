package dev.relay.daemon.flow;

/**
 * A RESULT that hangs on messages which are not in memory as one object any more: spilled publications and what a sender asks for again. {@code open} counts the
 * lanes, and the part in memory, that have no outcome yet; the worst one is told. Owned by the core; lives until its lanes' durable floors pass its position.
 */
public final class Outcome {
    public final Stream stream;
    public final long epoch;
    public final long seq;
    /** The stream and position that decide: its own, or those of an earlier call with the same application id. */
    public final Stream ofStream;

    public final long ofEpoch;
    public final long ofSeq;
    public int open;
    public int reason;
    public int attempts = 1;

    public Outcome(Stream stream, long epoch, long seq) {
        this.stream = stream;
        this.epoch = epoch;
        this.seq = seq;
        this.ofStream = stream;
        this.ofEpoch = epoch;
        this.ofSeq = seq;
    }

    public Outcome(Stream stream, long epoch, long seq, Stream ofStream, long ofEpoch, long ofSeq) {
        this.stream = stream;
        this.epoch = epoch;
        this.seq = seq;
        this.ofStream = ofStream;
        this.ofEpoch = ofEpoch;
        this.ofSeq = ofSeq;
    }
}
