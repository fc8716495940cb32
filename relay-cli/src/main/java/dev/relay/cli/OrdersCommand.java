package dev.relay.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "orders", description = "Open orders of an account, as they stand in Redis.")
final class OrdersCommand implements Callable<Integer> {
    static final List<String> COLUMNS =
            List.of("client_order_id", "agent", "symbol", "side", "price", "quantity", "cumulative", "state");

    @Mixin
    private AccountOptions account = new AccountOptions();

    @Mixin
    private ViewOptions view = new ViewOptions();

    @Override
    public Integer call() {
        return account.rows(view, COLUMNS, reader -> reader.orders(account.account));
    }
}
