package dev.relay.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "state",
        subcommands = {SharedStateCommand.Agents.class, SharedStateCommand.Show.class, SharedStateCommand.Watch.class},
        description =
                "The trading state that agents read, or what they share (agents, show, watch). Without a word: books with age and status, open orders, positions, balances; exit code 6 when a book cannot be believed.")
final class StateCommand implements Callable<Integer> {
    static final List<String> BOOK_COLUMNS =
            List.of("venue", "symbol", "status", "age_ms", "bid_quantity", "bid", "ask", "ask_quantity", "levels");

    @Mixin
    private AccountOptions account = new AccountOptions();

    @Mixin
    private ViewOptions view = new ViewOptions();

    @Override
    public Integer call() {
        return account.show(view, (reader, out) -> {
            List<Map<String, Object>> books = reader.books(account.venues(), account.template());
            Map<String, Object> parts = new LinkedHashMap<>();
            parts.put("books", books);
            parts.put("orders", reader.orders(account.account));
            parts.put("positions", reader.positions(account.account));
            parts.put("balances", reader.balances(account.account));
            print(out, parts);
            return areLive(books) ? ExitCode.OK : ExitCode.UNHEALTHY;
        });
    }

    /** Whether there are books and all of them can be believed. */
    private static boolean areLive(List<Map<String, Object>> books) {
        return !books.isEmpty() && books.stream().allMatch(book -> "LIVE".equals(book.get("status")));
    }

    private static void print(Output out, Map<String, Object> parts) {
        if (out.isJson()) {
            out.json(parts);
            return;
        }
        part(out, "books", BOOK_COLUMNS, parts);
        part(out, "orders", OrdersCommand.COLUMNS, parts);
        part(out, "positions", PositionsCommand.COLUMNS, parts);
        part(out, "balances", PositionsCommand.BALANCE_COLUMNS, parts);
    }

    private static void part(Output out, String name, List<String> columns, Map<String, Object> parts) {
        List<Map<?, ?>> rows = Rows.of(parts.get(name));
        out.heading(name + ": " + rows.size());
        if (!rows.isEmpty()) {
            out.rows(columns, rows);
        }
    }
}
