package dev.relay.cli;

import dev.relay.client.redis.BookLevel;
import dev.relay.sidecar.replay.RecordingException;
import dev.relay.sidecar.replay.ReplayConfig;
import dev.relay.sidecar.replay.ReplayReport;
import dev.relay.sidecar.replay.ReplayRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "replay",
        description = "Serve a recording to the unchanged sidecar, then print the books that stand in Redis.")
final class ReplayCommand implements Callable<Integer> {
    private static final List<String> COLUMNS = List.of(
            "symbol", "frames", "gaps", "resyncs", "crossed", "checksums", "opinions", "best bid", "best ask", "sha");

    @Option(names = "--venue", required = true, description = "binance-spot, kraken, okx, coinbase or hyperliquid.")
    String venue = "";

    @Parameters(arity = "1..*", paramLabel = "PATH", description = "Files of one recording.")
    List<Path> files = List.of();

    @Option(names = "--speed", defaultValue = "max", description = "1x, 10x or max.")
    String speed = "max";

    @Option(names = "--redis", description = "unix:/path or host:port; default: a Redis of its own for this run.")
    @Nullable
    String redis;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        Output out = output.open();
        try {
            print(run(out), out);
            return ExitCode.OK;
        } catch (IllegalArgumentException | RecordingException | TimeoutException e) {
            throw CliException.ofReplay(e);
        }
    }

    private ReplayReport run(Output out) throws IOException, RecordingException, TimeoutException {
        try (Progress progress = Progress.of(out, "replay", 0)) {
            return ReplayRun.run(
                    new ReplayConfig(venue, files, ReplayConfig.speed(speed), redis),
                    (sent, total) -> progress.at("replay", sent, total));
        }
    }

    private static void print(ReplayReport report, Output out) {
        if (out.isJson()) {
            out.line(report.toJson());
            return;
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        report.books().forEach((symbol, book) -> rows.add(row(symbol, book)));
        out.rows(COLUMNS, rows);
    }

    private static Map<String, Object> row(String symbol, ReplayReport.Entry book) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("symbol", symbol);
        row.put("frames", book.framesApplied());
        row.put("gaps", book.gaps());
        row.put("resyncs", book.resyncs());
        row.put("checksums", share(book.checksumOk(), book.checksumBad()));
        row.put("crossed", book.crossed());
        row.put("opinions", share(book.secondOpinionOk(), book.secondOpinionBad()));
        row.put("best bid", best(book.bids()));
        row.put("best ask", best(book.asks()));
        row.put("sha", book.sha().substring(0, 16));
        return row;
    }

    private static String share(long right, long wrong) {
        return right + " of " + (right + wrong);
    }

    private static String best(List<BookLevel> side) {
        return side.isEmpty() ? "-" : side.get(0).price().toPlainString();
    }
}
