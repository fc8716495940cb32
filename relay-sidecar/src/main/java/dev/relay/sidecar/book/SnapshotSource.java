package dev.relay.sidecar.book;

/** Where whole books come from. */
public enum SnapshotSource {
    /** Asked for over REST; changes that arrive meanwhile are kept and joined to it. */
    REQUEST,
    /** Sent in the stream after subscribing; changes before it mean nothing. */
    STREAM,
    /** In the stream if the venue sends one, else over REST: changes are kept until either comes. */
    EITHER
}
