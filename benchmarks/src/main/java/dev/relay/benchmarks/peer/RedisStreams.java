package dev.relay.benchmarks.peer;

import dev.relay.client.redis.RedisAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Redis Streams with a consumer group: an XADD answered by its id is a receipt, XACK ends a delivery. A window of XADDs goes out as one
 * pipeline. Streams keep about a million entries.
 */
final class RedisStreams implements Peer {
    private static final byte[] ASK = bytes("bench:ask");
    private static final byte[] LOAD = bytes("bench:load");
    private static final byte[] REPLY = bytes("bench:reply");
    private static final byte[] GROUP = bytes("bench");
    private static final int TIMEOUT_MS = 20_000;

    private final RedisAddress address;
    private final Connection connection;
    private final Batch batch;
    private final List<Connection> serving = new ArrayList<>();
    private byte[] lastReply = bytes("0");
    private volatile boolean closed;

    RedisStreams(String address, int window) {
        this.address = RedisAddress.parse(address);
        this.connection = this.address.connect(TIMEOUT_MS);
        this.batch = new Batch(window);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void serve() {
        for (byte[] stream : List.of(ASK, LOAD)) {
            connection.sendCommand(Command.XGROUP, bytes("CREATE"), stream, GROUP, bytes("0"), bytes("MKSTREAM"));
            connection.getOne();
            Connection own = address.connect(TIMEOUT_MS);
            serving.add(own);
            Thread thread = new Thread(() -> consume(own, stream), "consume");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void consume(Connection own, byte[] stream) {
        try {
            while (!closed) {
                own.sendCommand(
                        Command.XREADGROUP,
                        bytes("GROUP"),
                        GROUP,
                        bytes("c"),
                        bytes("COUNT"),
                        bytes("500"),
                        bytes("BLOCK"),
                        bytes("1000"),
                        bytes("STREAMS"),
                        stream,
                        bytes(">"));
                List<?> entries = entries(own.getOne());
                if (!entries.isEmpty()) {
                    take(own, stream, entries);
                }
            }
        } catch (JedisException e) {
            if (!closed) {
                throw e;
            }
        }
    }

    /** Answers what asked, then acks the whole batch. */
    private static void take(Connection own, byte[] stream, List<?> entries) {
        List<byte[]> ack = new ArrayList<>(List.of(stream, GROUP));
        int answers = 1;
        for (Object entry : entries) {
            ack.add((byte[]) list(entry).get(0));
            if (stream == ASK) {
                own.sendCommand(Command.XADD, REPLY, bytes("*"), bytes("d"), (byte[])
                        list(list(entry).get(1)).get(1));
                answers++;
            }
        }
        own.sendCommand(Command.XACK, ack.toArray(byte[][]::new));
        own.getMany(answers);
    }

    /** Entries of the one stream of a reply, each an id and its fields; none when the wait ended. */
    private static List<?> entries(@Nullable Object reply) {
        return reply == null ? List.of() : list(list(list(reply).get(0)).get(1));
    }

    private static List<?> list(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw new IllegalStateException("not a list: " + value);
    }

    @Override
    public void request(byte[] payload) {
        connection.sendCommand(Command.XADD, ASK, bytes("*"), bytes("d"), payload);
        connection.sendCommand(Command.XREAD, bytes("BLOCK"), bytes("10000"), bytes("STREAMS"), REPLY, lastReply);
        connection.getOne();
        List<?> answers = entries(connection.getOne());
        if (answers.isEmpty()) {
            throw new IllegalStateException("no answer");
        }
        lastReply = (byte[]) list(answers.get(answers.size() - 1)).get(0);
    }

    @Override
    public void send(byte[] payload, Receipt receipt) {
        connection.sendCommand(
                Command.XADD, LOAD, bytes("MAXLEN"), bytes("~"), bytes("1000000"), bytes("*"), bytes("d"), payload);
        if (batch.add(receipt)) {
            flush();
        }
    }

    @Override
    public void flush() {
        if (batch.count() > 0) {
            connection.getMany(batch.count());
            batch.answered();
        }
    }

    @Override
    public void close() {
        closed = true;
        serving.forEach(Connection::close);
        connection.close();
    }
}
