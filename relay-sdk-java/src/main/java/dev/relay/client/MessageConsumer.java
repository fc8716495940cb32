package dev.relay.client;

/** A handler that answers nothing. */
@FunctionalInterface
public interface MessageConsumer {
    void accept(Message message) throws Exception;
}
