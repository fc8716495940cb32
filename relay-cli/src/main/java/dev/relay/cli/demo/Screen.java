package dev.relay.cli.demo;

import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.client.redis.BookReader;
import dev.relay.client.redis.BookView;
import dev.relay.client.redis.PositionReader;
import dev.relay.client.redis.ReadRefused;
import dev.relay.client.redis.RedisAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import redis.clients.jedis.exceptions.JedisException;

/** The live table on a terminal: books, positions, agents, latency, twice a second. Draws nothing when switched off or without a terminal. One thread. */
final class Screen implements AutoCloseable {
    private static final long EVERY_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Relay relay;
    private final List<String> symbols;
    private final boolean isOn;
    private final BookReader books;
    private final PositionReader positions;
    private long drawnNs = System.nanoTime() - EVERY_NS;

    Screen(Floor floor, Relay relay, List<String> symbols, boolean isWanted) {
        this.relay = relay;
        this.symbols = symbols;
        this.isOn = isWanted && Boolean.getBoolean("relay.terminal");
        this.books = new BookReader(RedisAddress.parse(floor.redis()), "BINANCE");
        this.positions = new PositionReader(RedisAddress.parse(floor.redis()), Floor.ACCOUNT);
    }

    void draw(Histogram latency) {
        if (!isOn || System.nanoTime() - drawnNs < EVERY_NS) {
            return;
        }
        drawnNs = System.nanoTime();
        StringBuilder out = new StringBuilder("\033[H\033[2J");
        out.append(String.format("%-10s %14s %14s %8s %12s%n", "book", "best bid", "best ask", "age ms", "position"));
        symbols.forEach(symbol -> book(out, symbol));
        out.append(String.format("%n%-10s %9s %8s %8s %6s%n", "agent", "connected", "queued", "unacked", "dead"));
        agents(out);
        out.append(String.format(
                "%nrequest round trip: %d, p50 %d us, p99 %d us%n",
                latency.getTotalCount(),
                latency.getValueAtPercentile(50) / 1_000,
                latency.getValueAtPercentile(99) / 1_000));
        System.out.print(out);
        System.out.flush();
    }

    private void book(StringBuilder out, String symbol) {
        try {
            BookView book = books.book(symbol, 1);
            out.append(String.format(
                    "%-10s %14s %14s %8d %12s%n",
                    symbol,
                    book.bids().get(0).price().toPlainString(),
                    book.asks().get(0).price().toPlainString(),
                    book.ageMs(),
                    position(symbol)));
        } catch (ReadRefused | JedisException e) {
            out.append(String.format("%-10s %s%n", symbol, String.valueOf(e.getMessage())));
        }
    }

    private String position(String symbol) {
        try {
            return positions.position(symbol).quantity().stripTrailingZeros().toPlainString();
        } catch (ReadRefused e) {
            return "0";
        }
    }

    private void agents(StringBuilder out) {
        try {
            if (relay.control("agents", Map.of()).get("agents") instanceof List<?> agents) {
                for (Object o : agents) {
                    Map<?, ?> a = (Map<?, ?>) o;
                    out.append(String.format(
                            "%-10s %9s %8s %8s %6s%n",
                            text(a, "name"),
                            text(a, "connected"),
                            text(a, "queued"),
                            text(a, "unacked"),
                            text(a, "dead")));
                }
            }
        } catch (RelayException e) {
            out.append(String.format("daemon away: %s%n", e.code()));
        }
    }

    private static String text(Map<?, ?> row, String key) {
        return String.valueOf(row.get(key));
    }

    @Override
    public void close() {
        books.close();
        positions.close();
    }
}
