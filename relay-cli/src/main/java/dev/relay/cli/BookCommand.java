package dev.relay.cli;

import dev.relay.client.redis.BookLevel;
import dev.relay.client.redis.BookReader;
import dev.relay.client.redis.BookView;
import dev.relay.client.redis.ReadRefused;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "book", addMethodSubcommands = false, description = "Show order books as agents read them.")
final class BookCommand {
    private static final long MAX_AGE_MS = 5_000;

    @Command(name = "show", description = "Print one book now.")
    int show(
            @Parameters(paramLabel = "SYMBOL", description = "As the sidecar keeps it: BTC-USDT.") String symbol,
            @Option(
                            names = "--depth",
                            defaultValue = "10",
                            description = "Levels of each side; default: ${DEFAULT-VALUE}.")
                    int depth,
            @Mixin OutputOptions output,
            @Mixin RedisOptions redis) {
        try (BookReader reader = reader(redis)) {
            print(output.open(), reader.book(symbol, depth));
            return ExitCode.OK;
        } catch (ReadRefused e) {
            throw refused(e);
        }
    }

    @Command(name = "watch", description = "Print a book again and again, when it changed.")
    int watch(
            @Parameters(paramLabel = "SYMBOL", description = "As the sidecar keeps it: BTC-USDT.") String symbol,
            @Option(
                            names = "--depth",
                            defaultValue = "1",
                            description = "Levels of each side; default: ${DEFAULT-VALUE}.")
                    int depth,
            @Option(
                            names = "--interval",
                            defaultValue = "250ms",
                            description = "How often to look; default: ${DEFAULT-VALUE}.")
                    Duration interval,
            @Option(names = "--count", defaultValue = "0", description = "Stop after so many changes; 0 never.")
                    int count,
            @Mixin OutputOptions output,
            @Mixin RedisOptions redis) {
        Output out = output.open();
        long version = -1;
        try (BookReader reader = reader(redis)) {
            for (int printed = 0; count == 0 || printed < count; ) {
                BookView book = reader.book(symbol, depth);
                if (book.version() != version) {
                    version = book.version();
                    printed++;
                    printLine(out, book);
                }
                LockSupport.parkNanos(interval.toNanos());
            }
            return ExitCode.OK;
        } catch (ReadRefused e) {
            throw refused(e);
        }
    }

    private static BookReader reader(RedisOptions redis) {
        return new BookReader(redis.address(), redis.venue(), redis.template(), MAX_AGE_MS);
    }

    private static void print(Output out, BookView book) {
        if (out.isJson()) {
            out.json(fields(book));
            return;
        }
        out.line(book.symbol() + "  seq=" + book.sequence() + " ver=" + book.version() + " age_ms=" + book.ageMs());
        List<Map<String, Object>> rows = new ArrayList<>();
        int depth = Math.max(book.bids().size(), book.asks().size());
        for (int i = 0; i < depth; i++) {
            Map<String, Object> row = new LinkedHashMap<>();
            put(row, "bid", book.bids(), i);
            put(row, "ask", book.asks(), i);
            rows.add(row);
        }
        out.rows(List.of("bid qty", "bid", "ask", "ask qty"), rows);
    }

    private static void put(Map<String, Object> row, String side, List<BookLevel> levels, int i) {
        row.put(side, i < levels.size() ? levels.get(i).price().toPlainString() : "");
        row.put(side + " qty", i < levels.size() ? levels.get(i).quantity().toPlainString() : "");
    }

    private static void printLine(Output out, BookView book) {
        if (out.isJson()) {
            out.json(fields(book));
        } else {
            out.line(book.symbol() + "  " + text(book.bids()) + "  |  " + text(book.asks()) + "  ver=" + book.version()
                    + " age_ms=" + book.ageMs());
        }
    }

    private static String text(List<BookLevel> levels) {
        return BookLevel.texts(levels).stream()
                .map(pair -> String.join(" x ", pair))
                .collect(Collectors.joining(" "));
    }

    private static Map<String, Object> fields(BookView book) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("symbol", book.symbol());
        fields.put("seq", book.sequence());
        fields.put("ver", book.version());
        fields.put("epoch", book.epoch());
        fields.put("age_ms", book.ageMs());
        fields.put("bids", BookLevel.texts(book.bids()));
        fields.put("asks", BookLevel.texts(book.asks()));
        return fields;
    }

    private static CliException refused(ReadRefused e) {
        return e.code() == ReadRefused.Code.NO_SUCH_BOOK
                ? new CliException(ExitCode.NOT_FOUND, e.getMessage() + "; which there are: relay state")
                : new CliException(ExitCode.UNHEALTHY, e.getMessage() + "; how all books are: relay state");
    }
}
