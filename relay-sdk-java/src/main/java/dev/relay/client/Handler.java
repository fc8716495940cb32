package dev.relay.client;

import org.jspecify.annotations.Nullable;

/** User code for one message. Returning is the ack, throwing the nack; a returned value answers a request. */
@FunctionalInterface
public interface Handler {
    @Nullable
    Object handle(Message message) throws Exception;
}
