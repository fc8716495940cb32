package dev.relay.cli.demo;

import dev.relay.client.Relay;
import dev.relay.client.redis.BookLevel;
import dev.relay.client.redis.BookReader;
import dev.relay.client.redis.BookView;
import dev.relay.client.redis.PositionReader;
import dev.relay.client.redis.ReadRefused;
import dev.relay.client.redis.RedisAddress;
import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Compares what stands in Redis, in the ledger's file and in the daemon with what the exchange itself says, after everything has come to
 * rest. Each difference is a line; none means pass. One thread.
 */
final class Verdict {
    private static final long SETTLE_NS = TimeUnit.SECONDS.toNanos(20);
    private static final int DEPTH = 50;

    private final Floor floor;
    private final Relay relay;
    private final List<String> symbols;
    private final List<String> failures = new ArrayList<>();
    private final Map<String, Object> figures = new LinkedHashMap<>();

    Verdict(Floor floor, Relay relay, List<String> symbols) {
        this.floor = floor;
        this.relay = relay;
        this.symbols = symbols;
    }

    /** Figures and failures; {@code verdict} is {@code pass} when there are no failures. */
    Map<String, Object> judge() {
        books();
        List<Map<?, ?>> trades = list(floor.truth().account(Floor.API_KEY).get("trades"));
        positions(trades);
        messages();
        ledger(trades);
        Map<String, Object> verdict = new LinkedHashMap<>();
        verdict.put("verdict", failures.isEmpty() ? "pass" : "fail");
        verdict.putAll(figures);
        verdict.put("failures", failures);
        return verdict;
    }

    private void books() {
        int levels = 0;
        try (BookReader reader = new BookReader(RedisAddress.parse(floor.redis()), "BINANCE")) {
            for (String symbol : symbols) {
                Map<String, ?> truth = floor.truth().book(symbol.replace("-", ""), DEPTH);
                boolean isEqual = await(() -> isEqual(reader, symbol, truth));
                check(isEqual, "the book in Redis differs from the exchange's: symbol=" + symbol);
                levels += list2(truth.get("bids")).size()
                        + list2(truth.get("asks")).size();
            }
        }
        figures.put("books", symbols.size());
        figures.put("levels", levels);
    }

    private static boolean isEqual(BookReader reader, String symbol, Map<String, ?> truth) {
        try {
            BookView book = reader.book(symbol, DEPTH);
            return pairs(book.bids()).equals(list2(truth.get("bids")))
                    && pairs(book.asks()).equals(list2(truth.get("asks")));
        } catch (ReadRefused e) {
            return false;
        }
    }

    private static List<List<String>> pairs(List<BookLevel> levels) {
        return levels.stream()
                .map(l -> List.of(canonical(l.price()), canonical(l.quantity())))
                .toList();
    }

    private static String canonical(BigDecimal d) {
        return d.stripTrailingZeros().toPlainString();
    }

    private void positions(List<Map<?, ?>> trades) {
        Map<String, BigDecimal> expected = new TreeMap<>();
        for (Map<?, ?> trade : trades) {
            String symbol = text(trade, "symbol");
            BigDecimal signed = "BUY".equals(text(trade, "side"))
                    ? number(trade, "qty")
                    : number(trade, "qty").negate();
            boolean isPaidInBase = symbol.startsWith(text(trade, "commissionAsset"));
            BigDecimal change = isPaidInBase ? signed.subtract(number(trade, "commission")) : signed;
            expected.merge(symbol, change, BigDecimal::add);
        }
        try (PositionReader reader = new PositionReader(RedisAddress.parse(floor.redis()), Floor.ACCOUNT)) {
            for (String symbol : symbols) {
                BigDecimal truth = expected.getOrDefault(symbol.replace("-", ""), BigDecimal.ZERO);
                check(
                        await(() -> quantity(reader, symbol).compareTo(truth) == 0),
                        "position differs: symbol=" + symbol + " exchange=" + truth + " redis="
                                + quantity(reader, symbol));
            }
        }
        figures.put("fills", trades.size());
        figures.put(
                "orders",
                trades.stream()
                        .map(t -> text(t, "orderId") + text(t, "symbol"))
                        .distinct()
                        .count());
        check(!trades.isEmpty(), "nothing was traded, so nothing is shown");
    }

    private static BigDecimal quantity(PositionReader reader, String symbol) {
        try {
            return reader.position(symbol).quantity();
        } catch (ReadRefused e) {
            return BigDecimal.ZERO;
        }
    }

    /** Everything accepted is acked or dead-lettered: no lane has anything left. */
    private void messages() {
        check(await(this::isDrained), "messages are left in lanes: " + relay.control("agents", Map.of()));
        Map<String, ?> status = relay.control("status", Map.of());
        figures.put("messages", status.get("counters") instanceof Map<?, ?> c ? c.get("accepted") : null);
        figures.put(
                "dead_letters",
                list(relay.control("dlq.ls", Map.of("limit", 1000)).get("dead_letters"))
                        .size());
    }

    private boolean isDrained() {
        return list(relay.control("agents", Map.of()).get("agents")).stream()
                .allMatch(agent -> isZero(agent.get("queued")) && isZero(agent.get("unacked")));
    }

    private static boolean isZero(@Nullable Object count) {
        return count instanceof Number n && n.longValue() == 0;
    }

    /** The ledger's file holds every fill of the exchange exactly once, whatever was killed on the way. */
    private void ledger(List<Map<?, ?>> trades) {
        Map<String, Integer> truth = new TreeMap<>();
        trades.forEach(t -> truth.merge(text(t, "symbol") + "/" + text(t, "tradeId"), 1, Integer::sum));
        boolean isEqual = await(() -> ledgerFills().equals(truth));
        check(
                isEqual,
                "the ledger differs: exchange=" + truth.size() + " ledger="
                        + ledgerFills().size() + " " + difference(truth, ledgerFills()));
        figures.put("ledger_fills", ledgerFills().size());
    }

    private static String difference(Map<String, Integer> truth, Map<String, Integer> ledger) {
        Map<String, Integer> missing = new HashMap<>(truth);
        missing.keySet().removeAll(ledger.keySet());
        Map<String, Integer> extra = new HashMap<>(ledger);
        extra.entrySet().removeAll(truth.entrySet());
        return "missing=" + missing.keySet() + " extra=" + extra;
    }

    private Map<String, Integer> ledgerFills() {
        Map<String, Integer> fills = new TreeMap<>();
        if (!Files.exists(floor.ledgerFile())) {
            return fills; // the ledger has not come that far
        }
        try {
            for (String line : Files.readAllLines(floor.ledgerFile())) {
                if (!line.isBlank()) {
                    add(fills, line);
                }
            }
            return fills;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void add(Map<String, Integer> fills, String line) {
        try {
            Map<String, ?> fill = Json.object(line);
            fills.merge(text(fill, "symbol").replace("-", "") + "/" + text(fill, "fill_trade_id"), 1, Integer::sum);
        } catch (JsonException e) {
            // A line cut by a kill: its fill was never acked and comes again on a line of its own.
            fills.remove(line);
        }
    }

    private void check(boolean holds, String failure) {
        if (!holds) {
            failures.add(failure);
        }
    }

    private static boolean await(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + SETTLE_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                return false;
            }
            LockSupport.parkNanos(50_000_000);
        }
        return true;
    }

    private static List<Map<?, ?>> list(@Nullable Object value) {
        List<Map<?, ?>> rows = new ArrayList<>();
        for (Object o : (List<?>) Objects.requireNonNull(value)) {
            rows.add((Map<?, ?>) Objects.requireNonNull(o));
        }
        return rows;
    }

    private static List<?> list2(@Nullable Object value) {
        return (List<?>) Objects.requireNonNull(value);
    }

    private static String text(Map<?, ?> row, String key) {
        return Objects.requireNonNull(row.get(key), key).toString();
    }

    private static BigDecimal number(Map<?, ?> row, String key) {
        return new BigDecimal(text(row, key));
    }
}
