package dev.relay.cli;

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

    @Option(names = "--balances", description = "The venue's balances by asset instead.")
    boolean isBalances;

    @Mixin
    private AccountOptions account = new AccountOptions();

    @Mixin
    private ViewOptions view = new ViewOptions();

    @Override
    public Integer call() {
        return isBalances
                ? account.rows(view, BALANCE_COLUMNS, reader -> reader.balances(account.account))
                : account.rows(view, COLUMNS, reader -> reader.positions(account.account));
    }
}
