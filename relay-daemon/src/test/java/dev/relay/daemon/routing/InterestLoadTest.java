package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Json;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * A publication to 10 subscribers in a crowd costs about what it costs without the crowd, also while interests change. Prints the ratio of the costs. The short run has a crowd of 500 and is held to
 * a factor of four, because its few publications are measured beside whatever else runs; with {@code -Drelay.interests.agents=10000} the crowd is that large and the factor two.
 */
class InterestLoadTest {
    private static final int AGENTS = Integer.getInteger("relay.interests.agents", 500);
    private static final boolean IS_MEASURED = System.getProperty("relay.interests.agents") != null;
    private static final int INTERESTS = 20;
    private static final int SUBSCRIBERS = 10;
    private static final int ROUNDS = IS_MEASURED ? 41 : 11;
    private static final int PER_ROUND = IS_MEASURED ? 4_000 : 200;
    private static final int CHANGE_EVERY = 100;
    private static final double MOST = IS_MEASURED ? 2 : 4;

    /** A bus with 10 subscribers of one topic, and a crowd with other interests. */
    private static final class Town {
        final ManualClock clock = new ManualClock();
        final NullStore store = new NullStore();
        final Bus bus =
                new Bus(BusConfig.defaults("test"), clock, store, store.open(), new SplittableRandom(1), reason -> {
                    throw new IllegalStateException(reason);
                });
        final Random random = new Random(3);
        final ByteBuffer in = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        final ByteBuffer payload = ByteBuffer.allocate(200);
        final byte[] block = new HeaderBlock.Builder()
                .put(HeaderKey.TOPIC, "orders.BTC-USD.fills")
                .build();
        final List<Wire> all = new ArrayList<>();
        final Wire publisher;
        long seq;

        Town(int agents) {
            for (int i = 0; i < agents; i++) {
                join(i);
            }
            publisher = join(agents);
            publisher.control(FrameType.BIND, Map.of("handle", 1L, "target_kind", "topics", "target", ""));
            endOfBatch();
        }

        private Wire join(int i) {
            Wire wire = new Wire(i, i < SUBSCRIBERS ? 1 << 20 : 1 << 12);
            bus.onConnect(wire);
            wire.control(
                    FrameType.HELLO, Map.of("proto", List.of(1L, 1L), "name", "agent-" + i, "interests", interests(i)));
            wire.epoch = (Long)
                    java.util.Objects.requireNonNull(Json.control(wire.out, 0).get("epoch"));
            wire.say(b -> FrameWriter.credit(b, 0, 2_000, 16 << 20));
            endOfBatch();
            wire.out.clear();
            all.add(wire);
            return wire;
        }

        /** The first ten want the topic; everybody wants others, beside and below it, by name and by wildcard. */
        private List<Map<String, Object>> interests(int i) {
            List<Map<String, Object>> interests = new ArrayList<>();
            for (int k = i < SUBSCRIBERS ? 1 : 0; k < INTERESTS; k++) {
                interests.add(Map.of("topic", other(), "durable", k % 2 == 0));
            }
            if (i < SUBSCRIBERS) {
                interests.add(
                        Map.of("topic", i % 2 == 0 ? "orders.BTC-USD.*" : "orders.BTC-USD.fills", "durable", true));
            }
            return interests;
        }

        private String other() {
            String symbol = "S" + random.nextInt(20_000);
            return switch (random.nextInt(4)) {
                case 0 -> "orders." + symbol + ".*";
                case 1 -> "orders." + symbol + ".fills";
                case 2 -> "signals." + symbol + ".>";
                default -> "book." + symbol;
            };
        }

        void endOfBatch() {
            bus.endOfBatch();
            while (store.complete()) {
                bus.endOfBatch();
            }
        }

        /** Nanoseconds of the heart per publication, its deliveries and acks included. */
        double publish(int count) {
            long spentNs = 0;
            for (int n = 0; n < count; n++) {
                if (n % CHANGE_EVERY == 0) {
                    Wire changing = all.get(random.nextInt(all.size()));
                    changing.control(
                            FrameType.CONTROL,
                            Map.of("ref", 1L, "op", "subscribe", "topic", other(), "durable", false));
                    endOfBatch();
                    changing.out.clear();
                }
                in.clear();
                FrameWriter.message(
                        in, FrameType.SEND, 0, 0, 0, 1, 0, publisher.epoch, ++seq, 0, 0, 1, seq, block, payload);
                long startNs = System.nanoTime();
                bus.onFrame(publisher, in, 0);
                for (int i = 0; i < SUBSCRIBERS; i++) {
                    in.clear();
                    FrameWriter.ack(in, 1, publisher.epoch, seq, 0);
                    bus.onFrame(all.get(i), in, 0);
                }
                bus.endOfBatch();
                spentNs += System.nanoTime() - startNs;
                endOfBatch();
                for (int i = 0; i < SUBSCRIBERS; i++) {
                    all.get(i).drain();
                }
                publisher.out.clear();
            }
            return (double) spentNs / count;
        }

        /** One end of a connection. */
        private final class Wire extends MemoryConnection {
            long epoch;
            long deliveries;

            Wire(int no, int bytes) {
                super(no, bytes);
            }

            void say(java.util.function.Consumer<ByteBuffer> encode) {
                in.clear();
                encode.accept(in);
                bus.onFrame(this, in, 0);
            }

            void control(int type, Map<String, ?> json) {
                say(b -> FrameWriter.control(b, type, json));
            }

            void drain() {
                for (int at = 0; at < out.position(); at += (int) Frames.len(out, at)) {
                    deliveries += Frames.type(out, at) == FrameType.DELIVER ? 1 : 0;
                }
                out.clear();
            }
        }
    }

    @Test
    void shouldPublishInACrowdAtTheCostOfAFew() {
        Town few = new Town(SUBSCRIBERS);
        Town crowd = new Town(AGENTS);
        double[] ratios = new double[ROUNDS];
        double[] fewNs = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            fewNs[i] = few.publish(PER_ROUND);
            ratios[i] = crowd.publish(PER_ROUND) / fewNs[i];
        }
        Arrays.sort(ratios);
        Arrays.sort(fewNs);
        for (int i = 0; i < SUBSCRIBERS; i++) {
            assertThat(crowd.all.get(i).deliveries).isEqualTo((long) ROUNDS * PER_ROUND);
        }
        System.out.printf(
                "agents=%d interests=%d publication_ns_of_10_agents=%.0f ratio_median=%.2f ratio_p90=%.2f%n",
                AGENTS, AGENTS * INTERESTS, fewNs[ROUNDS / 2], ratios[ROUNDS / 2], ratios[ROUNDS * 9 / 10]);
        assertThat(ratios[ROUNDS / 2]).isLessThan(MOST);
    }
}
