package dev.relay.cli;

import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.record.RecordConfig;
import dev.relay.sidecar.record.Recorder;
import dev.relay.sidecar.venue.FeedConfig;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.VenueFeed;
import dev.relay.sidecar.venue.Venues;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "record", description = "Capture a venue's raw market data with receipt times; replay reads it back.")
final class RecordCommand implements Callable<Integer> {
    @Option(names = "--venue", required = true, description = "binance-spot, kraken, okx, coinbase or hyperliquid.")
    String venue = "";

    @Option(names = "--symbols", split = ",", required = true, description = "For example BTC-USD,ETH-USD.")
    List<String> symbols = List.of();

    @Option(names = "--out", required = true, description = "Folder of the parts.")
    Path out = Path.of("");

    @Option(names = "--rest", description = "REST base of the venue; default: the public one.")
    @Nullable
    URI rest;

    @Option(names = "--stream", description = "Market stream of the venue; default: the public one.")
    @Nullable
    URI stream;

    @Option(names = "--duration", description = "How long; default: until a signal.")
    @Nullable
    Duration duration;

    @Option(
            names = "--depth",
            defaultValue = "100",
            description = "Levels a side the recording must be good for; default: ${DEFAULT-VALUE}.")
    int depth;

    @Option(names = "--part-mb", defaultValue = "64", description = "Compressed size of a part; default: 64.")
    long partMb;

    @Option(names = "--part-time", defaultValue = "1h", description = "Time of a part; default: 1h.")
    Duration partTime = Duration.ofHours(1);

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Recorder recorder = open();
        try (recorder;
                VenueFeed feed = feed(recorder)) {
            feed.start();
            System.err.println("recording venue=" + venue + " symbols=" + symbols + " dir=" + out.toAbsolutePath());
            waitForTheEnd(recorder);
        }
        print(recorder);
        IOException problem = recorder.problem();
        if (problem != null) {
            throw new CliException(ExitCode.FAILED, "recording failed: " + problem);
        }
        return recorder.lost() > 0 ? ExitCode.FAILED : ExitCode.OK;
    }

    private Recorder open() throws IOException {
        try {
            return new Recorder(new RecordConfig(venue, out, partMb << 20, partTime.toMillis()));
        } catch (IllegalArgumentException e) {
            throw CliException.ofUsage(e);
        }
    }

    private VenueFeed feed(Recorder recorder) {
        try {
            Venue known = Venues.of(venue, rest, stream);
            return new VenueFeed(FeedConfig.of(known, symbols, depth), SidecarClock.system(), () -> {}, recorder);
        } catch (IllegalArgumentException e) {
            throw CliException.ofUsage(e);
        }
    }

    /** A signal, the duration, or a failure of the recorder, whichever comes first. */
    private void waitForTheEnd(Recorder recorder) throws InterruptedException {
        CountDownLatch signalled = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> onSignal(signalled, recorder), "signal"));
        long endNs = duration == null ? Long.MAX_VALUE : System.nanoTime() + duration.toNanos();
        while (recorder.problem() == null
                && (duration == null || System.nanoTime() < endNs)
                && !signalled.await(50, TimeUnit.MILLISECONDS)) {
            // looks again
        }
    }

    /** Holds the process until the last part is whole. */
    private static void onSignal(CountDownLatch signalled, Recorder recorder) {
        signalled.countDown();
        recorder.close();
    }

    private void print(Recorder recorder) {
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("venue", venue);
        summary.put("frames", recorder.frames());
        summary.put("lost", recorder.lost());
        summary.put("parts", recorder.parts().stream().map(Path::toString).toList());
        Output to = output.open();
        if (to.isJson()) {
            to.json(summary);
        } else {
            summary.forEach((key, value) -> to.line(key + ": " + value));
        }
    }
}
