package dev.relay.cli;

import dev.relay.client.redis.OrderReader;
import dev.relay.client.redis.OrderRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "orders", description = "Open orders of an account, as they stand in Redis.")
final class OrdersCommand implements Callable<Integer> {
    private static final List<String> COLUMNS =
            List.of("client_order_id", "symbol", "side", "price", "quantity", "cumulative", "state");

    @Option(names = "--account", defaultValue = "paper")
    String account = "paper";

    @Mixin
    private RedisOptions redis = new RedisOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (OrderReader reader = new OrderReader(redis.address(), account)) {
            List<Map<String, String>> rows = new ArrayList<>();
            for (OrderRecord order : reader.open()) {
                rows.add(new LinkedHashMap<>(order.fields()));
            }
            output.open().rows(COLUMNS, rows);
            return ExitCode.OK;
        }
    }
}
