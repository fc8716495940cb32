package dev.relay.client;

/**
 * The inbox holds this message as finished already: another process of this agent was faster. Let it pass out of the handler, so that its transaction is
 * rolled back; the client then acks the message.
 */
public final class AlreadyDone extends RelayException {
    private static final long serialVersionUID = 1L;

    public AlreadyDone(InboxPosition position) {
        super(
                "ALREADY_DONE",
                "recorded before: sender=" + position.sender() + " class=" + position.laneClass() + " seq="
                        + position.seq() + ". Roll back; the message is acked.");
    }
}
