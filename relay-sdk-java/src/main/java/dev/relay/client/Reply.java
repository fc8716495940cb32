package dev.relay.client;

import dev.relay.client.internal.Inbound;

/** The answer to a request. */
public final class Reply extends Payload {
    Reply(Inbound inbound) {
        super(inbound);
    }
}
