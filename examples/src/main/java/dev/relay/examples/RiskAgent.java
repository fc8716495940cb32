package dev.relay.examples;

import dev.relay.client.Message;
import dev.relay.client.Relay;
import dev.relay.client.redis.PositionReader;
import dev.relay.client.redis.ReadRefused;
import dev.relay.client.redis.RedisAddress;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Answers {@code exposure}: may this order be placed, given the position in Redis and a limit per symbol? */
public final class RiskAgent {
    private final PositionReader positions;
    private final BigDecimal limit;

    private RiskAgent(PositionReader positions, BigDecimal limit) {
        this.positions = positions;
        this.limit = limit;
    }

    /** Arguments: socket, redis address, account, limit. Runs until SIGTERM. */
    public static void main(String[] args) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown));
        try (PositionReader positions = new PositionReader(RedisAddress.parse(args[1]), args[2]);
                Relay relay = Relay.builder("risk").socket(Path.of(args[0])).connect()) {
            RiskAgent agent = new RiskAgent(positions, new BigDecimal(args[3]));
            relay.onRequest("exposure", agent::exposure);
            relay.start();
            System.out.println("ready agent=risk");
            ended.await();
        }
    }

    /** The reader is one connection for one thread, and several askers' lanes run in parallel. */
    private synchronized Map<String, Object> exposure(Message message) {
        Map<String, @Nullable Object> order = message.json();
        BigDecimal held = held(text(order, "symbol"));
        BigDecimal quantity = new BigDecimal(text(order, "quantity"));
        BigDecimal after = held.add("BUY".equals(text(order, "side")) ? quantity : quantity.negate());
        boolean isAllowed = after.abs().compareTo(limit) <= 0 || after.abs().compareTo(held.abs()) < 0;
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("symbol", text(order, "symbol"));
        answer.put("allowed", isAllowed);
        answer.put("position", held.toPlainString());
        answer.put("limit", limit.toPlainString());
        return answer;
    }

    private BigDecimal held(String symbol) {
        try {
            return positions.position(symbol).quantity();
        } catch (ReadRefused e) {
            if (e.code() == ReadRefused.Code.NO_SUCH_POSITION) {
                return BigDecimal.ZERO;
            }
            throw e;
        }
    }

    private static String text(Map<String, @Nullable Object> fields, String key) {
        return Objects.requireNonNull(fields.get(key), "missing field: " + key).toString();
    }
}
