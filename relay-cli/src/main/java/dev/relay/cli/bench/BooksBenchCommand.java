package dev.relay.cli.bench;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import dev.relay.sidecar.replay.BookBench;
import dev.relay.sidecar.replay.BookBenchConfig;
import dev.relay.sidecar.replay.RecordingException;
import dev.relay.sidecar.venue.Venues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** From a frame to what readers get: a local server, the sidecar's own feed and writer, a Redis of this run. */
@Command(
        name = "books",
        description =
                "Measure how soon a frame is readable in Redis at 1x, 5x and 10x of a burst and in a flash crash, and"
                        + " how many levels a second the sidecar takes.")
final class BooksBenchCommand implements Callable<Integer> {
    private static final Map<String, List<String>> SHARED = Map.of(
            "kraken",
            List.of("kraken-v2/frames.jsonl"),
            Venues.BINANCE_SPOT,
            List.of("binance-spot/stream.log", "binance-spot/rest.log"),
            "okx",
            List.of("okx/frames-now.jsonl"));

    @Option(
            names = "--recording",
            split = ",",
            paramLabel = "PATH",
            description =
                    "Files of one recording, played beside the synthetic burst; default: the one of --venue in the"
                            + " folder that RELAY_SHARED_DATA names, or in ../shared/data beside the repository.")
    List<Path> recording = List.of();

    @Option(names = "--venue", defaultValue = "kraken", description = "Venue of the recording.")
    String venue = "kraken";

    @Option(names = "--seconds", defaultValue = "2", description = "Length of each paced synthetic part.")
    double seconds;

    @Option(
            names = "--levels",
            defaultValue = "" + BookBenchConfig.LEVELS_PER_SECOND,
            description = "Changed levels per second at 10x and in the flash crash.")
    int levels;

    @Option(
            names = "--flood",
            defaultValue = "" + BookBenchConfig.FLOOD_LEVELS,
            description = "Changed levels of the part without pace.")
    int flood;

    @Option(names = "--json", description = "Print one JSON line.")
    boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        try {
            FigureTable.print(figures(), json);
            return ExitCode.OK;
        } catch (IllegalArgumentException | RecordingException | TimeoutException e) {
            throw CliException.ofReplay(e);
        }
    }

    /** With its defaults, as a part of a larger report. */
    static Map<String, Object> usual() throws IOException {
        try {
            return CommandLine.populateCommand(new BooksBenchCommand()).figures();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.FAILED, "interrupted");
        } catch (RecordingException | TimeoutException e) {
            throw new CliException(ExitCode.FAILED, "books: " + e.getMessage());
        }
    }

    private Map<String, Object> figures()
            throws IOException, InterruptedException, TimeoutException, RecordingException {
        List<Path> files = recording.isEmpty() ? shared(System.getenv()) : recording;
        return BookBench.run(new BookBenchConfig(venue, files, seconds, levels, flood));
    }

    /** The shared recording of the venue; none where there is no such folder. */
    private List<Path> shared(Map<String, String> environment) {
        String folder = environment.get("RELAY_SHARED_DATA");
        Path data = folder != null
                ? Path.of(folder)
                : Path.of(environment.getOrDefault("RELAY_HOME", ""))
                        .toAbsolutePath()
                        .resolveSibling("shared/data");
        List<Path> files = SHARED.getOrDefault(venue, List.of()).stream()
                .map(data::resolve)
                .toList();
        return files.stream().allMatch(Files::exists) ? files : List.of();
    }
}
