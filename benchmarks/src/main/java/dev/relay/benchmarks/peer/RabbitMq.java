package dev.relay.benchmarks.peer;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** RabbitMQ with durable queues, persistent messages, publisher confirms and explicit acks; requests by its direct reply-to. */
final class RabbitMq implements Peer {
    private static final String ASK = "bench.ask";
    private static final String LOAD = "bench.load";
    private static final String DIRECT_REPLY = "amq.rabbitmq.reply-to";
    private static final BasicProperties REQUEST =
            new BasicProperties.Builder().replyTo(DIRECT_REPLY).build();
    private static final long PATIENCE_S = 20;

    private final Connection connection;
    private final Channel channel;
    private final ConcurrentNavigableMap<Long, Receipt> unconfirmed = new ConcurrentSkipListMap<>();
    private final LinkedBlockingQueue<byte[]> answers = new LinkedBlockingQueue<>(16);
    private final int window;
    private boolean asks;

    RabbitMq(String address, int window) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(address);
        this.connection = factory.newConnection();
        this.channel = connection.createChannel();
        this.window = window;
        channel.confirmSelect();
        channel.addConfirmListener(
                (tag, multiple) -> confirmed(tag, multiple, null),
                (tag, multiple) -> confirmed(tag, multiple, new IOException("the server refused a message")));
    }

    private void confirmed(long tag, boolean multiple, @Nullable Throwable failure) {
        ConcurrentNavigableMap<Long, Receipt> done =
                multiple ? unconfirmed.headMap(tag, true) : unconfirmed.subMap(tag, true, tag, true);
        done.values().forEach(receipt -> receipt.done(failure));
        done.clear();
    }

    @Override
    public void serve() throws IOException {
        Channel asked = connection.createChannel();
        asked.queueDeclare(ASK, false, false, false, null);
        asked.basicConsume(
                ASK,
                false,
                (tag, delivery) -> {
                    String asker = delivery.getProperties().getReplyTo();
                    asked.basicPublish("", asker, MessageProperties.BASIC, delivery.getBody());
                    asked.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                },
                tag -> {});
        Channel loaded = connection.createChannel();
        loaded.basicQos(window);
        loaded.queueDeclare(LOAD, true, false, false, null);
        loaded.basicConsume(
                LOAD,
                false,
                (tag, delivery) -> loaded.basicAck(delivery.getEnvelope().getDeliveryTag(), false),
                tag -> {});
    }

    @Override
    public void request(byte[] payload) throws Exception {
        if (!asks) {
            asks = true;
            channel.basicConsume(DIRECT_REPLY, true, (tag, delivery) -> answers.add(delivery.getBody()), tag -> {});
        }
        channel.basicPublish("", ASK, REQUEST, payload);
        if (answers.poll(PATIENCE_S, TimeUnit.SECONDS) == null) {
            throw new IllegalStateException("no answer");
        }
    }

    @Override
    public void send(byte[] payload, Receipt receipt) throws IOException {
        unconfirmed.put(channel.getNextPublishSeqNo(), receipt);
        channel.basicPublish("", LOAD, MessageProperties.MINIMAL_PERSISTENT_BASIC, payload);
    }

    @Override
    public void flush() {
        // Each message leaves by itself and is confirmed.
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
