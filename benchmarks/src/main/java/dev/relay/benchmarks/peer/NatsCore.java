package dev.relay.benchmarks.peer;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.time.Duration;

/** NATS without streams: nothing is kept and nothing is confirmed; what stands for a receipt is the server's answer to a ping behind a window of messages. */
final class NatsCore implements Peer {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String ASK = "bench.ask";
    private static final String LOAD = "bench.load";

    private final Connection connection;
    private final Batch batch;

    NatsCore(String address, int window) throws Exception {
        this.connection = Nats.connect(address);
        this.batch = new Batch(window);
    }

    @Override
    public void serve() throws Exception {
        Dispatcher dispatcher = connection.createDispatcher(message -> {
            String asker = message.getReplyTo();
            if (asker != null) {
                connection.publish(asker, message.getData());
            }
        });
        dispatcher.subscribe(ASK).subscribe(LOAD);
        connection.flush(PATIENCE);
    }

    @Override
    public void request(byte[] payload) throws Exception {
        Message answer = connection.request(ASK, payload, PATIENCE);
        if (answer == null) {
            throw new IllegalStateException("no answer");
        }
    }

    @Override
    public void send(byte[] payload, Receipt receipt) throws Exception {
        connection.publish(LOAD, payload);
        if (batch.add(receipt)) {
            flush();
        }
    }

    @Override
    public void flush() throws Exception {
        connection.flush(PATIENCE);
        batch.answered();
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
