package dev.relay.cli;

import dev.relay.client.redis.StateReader;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "positions", description = "Positions of an account with their profit, as they stand in Redis.")
final class PositionsCommand implements Callable<Integer> {
    static final List<String> COLUMNS =
            List.of("symbol", "quantity", "average_cost", "realised_pnl", "bought", "sold", "fills");

    static final List<String> BALANCE_COLUMNS = List.of("asset", "free", "locked");

    @Option(names = "--account", defaultValue = "paper")
    String account = "paper";

    @Option(names = "--balances", description = "The venue's balances by asset instead.")
    boolean isBalances;

    @Mixin
    private RedisOptions redis = new RedisOptions();

    @Mixin
    private ViewOptions view = new ViewOptions();

    @Override
    public Integer call() {
        try (StateReader reader = redis.open()) {
            if (isBalances) {
                view.open().rows(BALANCE_COLUMNS, reader.balances(account));
            } else {
                view.open().rows(COLUMNS, reader.positions(account));
            }
            return ExitCode.OK;
        }
    }
}
