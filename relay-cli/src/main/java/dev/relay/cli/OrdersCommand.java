package dev.relay.cli;

import dev.relay.client.redis.StateReader;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "orders", description = "Open orders of an account, as they stand in Redis.")
final class OrdersCommand implements Callable<Integer> {
    static final List<String> COLUMNS =
            List.of("client_order_id", "agent", "symbol", "side", "price", "quantity", "cumulative", "state");

    @Option(names = "--account", defaultValue = "paper")
    String account = "paper";

    @Mixin
    private RedisOptions redis = new RedisOptions();

    @Mixin
    private ViewOptions view = new ViewOptions();

    @Override
    public Integer call() {
        try (StateReader reader = redis.open()) {
            view.open().rows(COLUMNS, reader.orders(account));
            return ExitCode.OK;
        }
    }
}
