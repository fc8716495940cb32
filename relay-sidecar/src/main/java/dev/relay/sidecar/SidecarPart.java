package dev.relay.sidecar;

import dev.relay.client.redis.RedisAddress;
import dev.relay.protocol.HealthScore;
import dev.relay.protocol.HealthScore.Deduction;
import dev.relay.sidecar.admin.AdminAct;
import dev.relay.sidecar.admin.AdminRead;
import dev.relay.sidecar.admin.Patience;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.redis.RedisPublisher;
import dev.relay.sidecar.risk.Marks;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A half of the sidecar beside market data (orders), started after Redis is there and closed before it goes. */
public interface SidecarPart extends AutoCloseable {
    String name();

    void start();

    /** Reasons to lower the health score, a silence when it is longer than the bound; any thread. */
    default List<Deduction> deductions(Patience bounds) {
        return List.of();
    }

    /** What an operator can do over the admin HTTP, by path. */
    default Map<String, AdminAct> acts() {
        return Map.of();
    }

    /** What an operator can read over the admin HTTP, by path. */
    default Map<String, AdminRead> reads() {
        return Map.of();
    }

    /** The account whose orders and positions stand in Redis; empty without one. */
    default String account() {
        return "";
    }

    @Override
    void close();

    /**
     * What a part is built from.
     *
     * @param onBroken takes why a part cannot go on: the process has to end
     */
    record Context(
            SidecarConfig config,
            RedisAddress address,
            long epoch,
            RedisPublisher redis,
            Marks marks,
            MeterRegistry meters,
            SidecarClock clock,
            Supplier<HealthScore> health,
            Consumer<String> onBroken) {}

    /** Makes a part; called once, before anything of it runs. */
    interface Factory {
        SidecarPart create(Context context);
    }
}
