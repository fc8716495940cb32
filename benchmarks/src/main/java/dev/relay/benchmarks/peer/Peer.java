package dev.relay.benchmarks.peer;

import java.io.IOException;

/**
 * One connection to another message system, as recipient or as sender; a sender's calls come from one thread. What a system has not is
 * refused with {@link UnsupportedOperationException}.
 */
interface Peer extends AutoCloseable {
    /** Recipient: from now on answers what asks, and takes and acks everything else. */
    void serve() throws Exception;

    /** Sends and waits for the recipient's answer. */
    void request(byte[] payload) throws Exception;

    /** Sends; the receipt may come later, at the latest during {@link #flush}. */
    void send(byte[] payload, Receipt receipt) throws Exception;

    /** Everything sent so far is on its way; receipts that wait for a batch come now. */
    void flush() throws Exception;

    @Override
    void close() throws IOException;
}
