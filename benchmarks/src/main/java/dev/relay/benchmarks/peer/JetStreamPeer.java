package dev.relay.benchmarks.peer;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;

/** NATS JetStream with a file store, a receipt for each publication and an explicit ack for each delivery. */
final class JetStreamPeer implements Peer {
    private static final String STREAM = "BENCH";
    private static final String LOAD = "stored.load";

    private final Connection connection;
    private final JetStream stream;

    JetStreamPeer(String address) throws Exception {
        this.connection = Nats.connect(address);
        this.stream = connection.jetStream();
    }

    @Override
    public void serve() throws Exception {
        connection
                .jetStreamManagement()
                .addStream(StreamConfiguration.builder()
                        .name(STREAM)
                        .subjects(LOAD)
                        .storageType(StorageType.File)
                        .retentionPolicy(RetentionPolicy.WorkQueue)
                        .build());
        stream.subscribe(
                LOAD,
                connection.createDispatcher(),
                Message::ack,
                false,
                PushSubscribeOptions.builder().durable("bench").build());
    }

    @Override
    public void request(byte[] payload) {
        throw new UnsupportedOperationException("a stream has no replies");
    }

    @Override
    public void send(byte[] payload, Receipt receipt) {
        var unused = stream.publishAsync(LOAD, payload).whenComplete((ack, failure) -> receipt.done(failure));
    }

    @Override
    public void flush() {
        // Each publication leaves by itself and has a receipt of its own.
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
