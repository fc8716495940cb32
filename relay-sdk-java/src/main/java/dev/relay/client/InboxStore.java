package dev.relay.client;

import java.util.List;

/**
 * Where an agent keeps the last message that it has finished, per lane, so that a repeat after the agent's own death has no second effect (I8).
 * The client loads it once when it connects: what stands at or below a loaded position is acked and never handed to a handler again.
 *
 * <p>{@link InboxFile} keeps it in a file. An application with a database implements this interface on its own connection and calls {@link Message#done()}
 * inside the transaction of its effect: then both are committed or none is. A message whose handler does not call it is recorded after the
 * handler has returned; then only a death between the effect and the record can repeat it, flagged.
 *
 * <p>Called by handler threads: for one lane one call at a time, for different lanes calls may overlap.
 */
public interface InboxStore extends AutoCloseable {
    /** Every position that was recorded, of any daemon's store. Called once, before the first delivery. */
    List<InboxPosition> load();

    /**
     * Records that everything of the lane at or below the position is finished. Throws {@link AlreadyDone} when the record stands there or higher
     * already (a newer process of this agent was faster): the caller's transaction must then be rolled back.
     *
     * @param state what {@link Message#done(byte[])} was given, empty for none; a store without use for it ignores it
     */
    void done(InboxPosition position, byte[] state);

    /** Called once when the client has closed. */
    @Override
    default void close() {}
}
