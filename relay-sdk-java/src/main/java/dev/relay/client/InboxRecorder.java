package dev.relay.client;

import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.MessageClass;
import org.jspecify.annotations.Nullable;

/**
 * Records finished messages in the application's {@link InboxStore}, in lane order: a position is recorded when everything below it is finished too, so
 * that an ack by hand that runs ahead is recorded with the one that it waited for. Called by handler threads and whoever acks by hand, one at a
 * time per lane: a lock over all lanes would wait for the transactions that the handlers of others have open. The engine's lock is never held while the
 * store works.
 */
final class InboxRecorder {
    private static final byte[] NO_STATE = {};

    private final InboxStore store;
    private final Settlements settlements;

    InboxRecorder(InboxStore store, Settlements settlements) {
        this.store = store;
        this.settlements = settlements;
    }

    /** The message is finished. True when it, and all below, is recorded now or was before; false while an earlier one is open. */
    boolean done(Inbound message, byte[] state) {
        if (message.messageClass() == MessageClass.EXPRESS) {
            return true;
        }
        synchronized (message.laneMonitor()) {
            return message.isRecorded() || record(message, state);
        }
    }

    private boolean record(Inbound message, byte[] state) {
        @Nullable Inbound upTo = settlements.recordable(message);
        if (upTo == null) {
            settlements.recorded(message);
            return false;
        }
        store.done(
                new InboxPosition(
                        upTo.storeUuid(), upTo.sender(), upTo.messageClass().wire(), upTo.epoch(), upTo.seq()),
                state);
        settlements.recorded(message);
        return true;
    }

    boolean done(Inbound message) {
        return done(message, NO_STATE);
    }
}
