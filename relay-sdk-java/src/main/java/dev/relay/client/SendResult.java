package dev.relay.client;

/** Outcome of a send as a value. */
public sealed interface SendResult permits SendResult.Accepted, SendResult.Refused, SendResult.Unknown {
    /** It is safe and will be handled or dead-lettered. */
    record Accepted(Receipt receipt) implements SendResult {}

    /** It was not accepted and is never delivered. */
    record Refused(RelayException cause) implements SendResult {}

    /** Nothing is known (yet): the daemon may have it or not. */
    record Unknown(String why) implements SendResult {}
}
