package dev.relay.benchmarks.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.client.redis.RedisAddress;
import dev.relay.sidecar.redis.RedisServerChild;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

class PeerLoadTest {
    @TempDir
    Path dir = Path.of("");

    /** Counts what is under way and answers when flushed, or with a failure. */
    private static final class Slow implements Peer {
        private final Batch batch = new Batch(1_000);
        private final AtomicInteger most = new AtomicInteger();
        private final boolean fails;

        Slow(boolean fails) {
            this.fails = fails;
        }

        @Override
        public void serve() {}

        @Override
        public void request(byte[] payload) {}

        @Override
        public void send(byte[] payload, Receipt receipt) {
            if (fails) {
                receipt.done(new IOException("refused"));
                return;
            }
            batch.add(receipt);
            most.accumulateAndGet(batch.count(), Math::max);
            if (batch.count() == 7) {
                batch.answered();
            }
        }

        @Override
        public void flush() {
            batch.answered();
        }

        @Override
        public void close() {}
    }

    @Test
    void shouldNeverHaveMoreUnderWayThanTheWindow() throws Exception {
        Slow slow = new Slow(false);
        assertThat((Long) new PeerLoad(slow, "send", new byte[16], 7).run(30).get("count"))
                .isPositive();
        assertThat(slow.most).hasValue(7);
        Slow one = new Slow(false);
        assertThat((Long) new PeerLoad(one, "wait", new byte[16], 7).run(30).get("count"))
                .isPositive();
        assertThat(one.most).hasValue(1);
    }

    @Test
    void shouldNotCountARefusedSendAsDone() {
        assertThatThrownBy(() -> new PeerLoad(new Slow(true), "send", new byte[16], 7).run(5))
                .hasMessage("a send failed")
                .hasRootCauseMessage("refused");
    }

    @Test
    void shouldHaveEveryEntryOfAStreamTakenAndAcked() throws Exception {
        try (RedisServerChild server = new RedisServerChild(dir)) {
            server.ensureRunning();
            String address = "unix:" + dir.toAbsolutePath().resolve("redis.sock");
            try (RedisStreams to = new RedisStreams(address, 50);
                    RedisStreams from = new RedisStreams(address, 50)) {
                to.serve();
                for (String mode : List.of("request", "wait", "send")) {
                    assertThat((Long) new PeerLoad(from, mode, new byte[64], 50)
                                    .run(50)
                                    .get("count"))
                            .isPositive();
                }
                Awaitility.await().until(() -> unacked(server.address(), "bench:load") == 0);
                assertThat(unacked(server.address(), "bench:ask")).isZero();
            }
        }
    }

    /** Entries that a consumer has and has not acked, and those that none has got yet. */
    private static long unacked(RedisAddress address, String stream) {
        try (Connection redis = address.connect(5_000)) {
            redis.sendCommand(Command.XINFO, "GROUPS", stream);
            List<?> group = redis.getOne() instanceof List<?> groups && groups.get(0) instanceof List<?> first
                    ? first
                    : List.of();
            return number(group, "pending") + number(group, "lag");
        }
    }

    private static long number(List<?> fields, String name) {
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            if (fields.get(i) instanceof byte[] key
                    && new String(key, StandardCharsets.UTF_8).equals(name)
                    && fields.get(i + 1) instanceof Long value) {
                return value;
            }
        }
        return -1;
    }
}
