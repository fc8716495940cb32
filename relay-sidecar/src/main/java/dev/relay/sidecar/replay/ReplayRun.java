package dev.relay.sidecar.replay;

import dev.relay.client.redis.BookReader;
import dev.relay.client.redis.BookView;
import dev.relay.client.redis.ReadRefused;
import dev.relay.sidecar.RelaySidecar;
import dev.relay.sidecar.SidecarConfig;
import dev.relay.sidecar.replay.ReplayReport.Entry;
import dev.relay.sidecar.venue.FeedStatus;
import dev.relay.sidecar.venue.FeedStatus.BookReport;
import dev.relay.sidecar.venue.VenueBooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * Replays a recording: a local server plays the exchange, the unchanged sidecar keeps the books and writes them to a
 * real Redis, and the result is read back from that Redis. Runs on the calling thread, cleans up after itself.
 */
public final class ReplayRun {
    private static final int TOP = 25;
    private static final long STALL_LIMIT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long QUIET_NS = TimeUnit.MILLISECONDS.toNanos(700);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private ReplayRun() {}

    /**
     * Runs to the end of the recording.
     *
     * @throws RecordingException when a line is broken; names file, line and reason
     * @throws TimeoutException when the books do not reach the end of the recording; names them
     * @throws IOException when a file or the run directory cannot be used
     */
    public static ReplayReport run(ReplayConfig config) throws IOException, RecordingException, TimeoutException {
        return run(config, (sent, total) -> {});
    }

    /** The same, and tells how far it is. */
    public static ReplayReport run(ReplayConfig config, ReplayProgress progress)
            throws IOException, RecordingException, TimeoutException {
        List<ReplayScript> parts = ReplayScript.readParts(config.venue(), config.files());
        long total = parts.stream().mapToLong(part -> part.frames().size()).sum();
        long before = 0;
        Map<String, Entry> books = new TreeMap<>();
        for (ReplayScript part : parts) {
            long sentBefore = before;
            books.putAll(run(config, part, sent -> progress.at(sentBefore + sent, total))
                    .books());
            before += part.frames().size();
        }
        return new ReplayReport(books);
    }

    private static ReplayReport run(ReplayConfig config, ReplayScript script, LongConsumer progress)
            throws IOException, TimeoutException {
        Path dir = Files.createTempDirectory("relay-replay");
        try (ReplayServer server = new ReplayServer(script, config.speed());
                RelaySidecar sidecar = RelaySidecar.start(
                        SidecarConfig.of(List.of(VenueBooks.of(server.venue(), server.symbols())), dir, dir)
                                .withRedis(config.redis())
                                .withAdminPort(-1))) {
            awaitServed(server, progress);
            return collect(server, sidecar);
        } finally {
            delete(dir);
        }
    }

    private static ReplayReport collect(ReplayServer server, RelaySidecar sidecar) throws TimeoutException {
        try (BookReader reader =
                new BookReader(sidecar.redisAddress(), sidecar.feed().venue())) {
            long deadlineNs = System.nanoTime() + STALL_LIMIT_NS;
            Arrivals arrivals = new Arrivals(server);
            while (true) {
                FeedStatus status = sidecar.view().feedStatus();
                List<String> behind = new ArrayList<>();
                Map<String, Entry> books = read(status, server.symbols(), reader, behind);
                if (behind.isEmpty() && arrivals.areComplete(status)) {
                    return new ReplayReport(books);
                }
                if (System.nanoTime() > deadlineNs) {
                    throw new TimeoutException("REPLAY_INCOMPLETE: books behind the recording: " + behind);
                }
                LockSupport.parkNanos(POLL_NS);
            }
        }
    }

    /** Whether the feed has seen all that was sent; frames cut off with a connection never arrive, so there quiet counts. */
    private static final class Arrivals {
        private final ReplayServer server;
        private long frames = -1;
        private long sinceNs;

        Arrivals(ReplayServer server) {
            this.server = server;
        }

        boolean areComplete(FeedStatus status) {
            if (status.frames() >= server.sentFrames()) {
                return true;
            }
            if (status.frames() != frames) {
                frames = status.frames();
                sinceNs = System.nanoTime();
            }
            return status.connects() > 1 && System.nanoTime() - sinceNs > QUIET_NS;
        }
    }

    private static void awaitServed(ReplayServer server, LongConsumer progress) throws TimeoutException {
        long sent = -1;
        long deadlineNs = 0;
        while (!server.isFinished()) {
            if (server.sentFrames() != sent) {
                sent = server.sentFrames();
                progress.accept(sent);
                deadlineNs = System.nanoTime() + STALL_LIMIT_NS + server.longestPauseNs();
            } else if (System.nanoTime() > deadlineNs) {
                throw new TimeoutException("REPLAY_STALLED: no frame was taken in time, sentFrames=" + sent);
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    /** A book is at the end when what stands in Redis is all that the feed, which has seen every frame, applied. */
    private static Map<String, Entry> read(
            FeedStatus status, Set<String> symbols, BookReader reader, List<String> behind) {
        Map<String, BookReport> reports = new TreeMap<>();
        status.books().forEach(report -> reports.put(report.venueSymbol(), report));
        Map<String, Entry> books = new TreeMap<>();
        for (String symbol : symbols) {
            BookReport report = reports.get(symbol);
            String problem = report == null ? "not served " + status.refused() : "";
            try {
                if (report != null) {
                    BookView book = reader.book(report.symbol(), TOP);
                    books.put(symbol, entry(report, book));
                    boolean isThere = book.sequence() == report.seq() && book.frames() == report.applied();
                    problem = isThere ? "" : "frames=" + book.frames() + " applied=" + report.applied();
                }
            } catch (ReadRefused e) {
                problem = String.valueOf(e.getMessage());
            }
            if (!problem.isEmpty()) {
                behind.add(symbol + " (" + problem + ")");
            }
        }
        return books;
    }

    private static Entry entry(BookReport report, BookView book) {
        return new Entry(
                book.frames(),
                report.gaps(),
                report.resyncs(),
                report.checksumOk(),
                report.checksumBad(),
                report.secondOpinionOk(),
                report.secondOpinionBad(),
                report.crossed(),
                book.bids(),
                book.asks());
    }

    static void delete(Path dir) throws IOException {
        try (Stream<Path> all = Files.walk(dir)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
