package dev.relay.cli.bench;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import dev.relay.sidecar.replay.BookBench;
import dev.relay.sidecar.replay.RecordingException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Along what the cost of a message, or of a changed level of a book, is measured: at which points, and which figures are drawn. Each point
 * has processes of its own, so that none inherits from another.
 */
@SuppressWarnings("ImmutableEnumChecker") // its lists are made by List.of
enum Axis {
    /** Requests between two agents, while so many others are connected. */
    AGENTS("connected agents", List.of(2, 100, 1_000, 10_000), "request", List.of("p50_us", "p99_us"), "daemon"),
    /** Sends through so many lanes, each with a sender and a recipient, of two processes. */
    LANES("lanes at work", List.of(1, 4, 16, 64), "send", List.of("per_second"), "daemon"),
    /** Publications on one topic, while its subscriber has so many other subscriptions. */
    TOPICS("subscriptions", List.of(1, 10, 100, 1_000), "publish", List.of("per_second"), "daemon"),
    /** Sends of so many bytes. */
    PAYLOAD("payload bytes", List.of(16, 256, 4_096, 65_536), "send", List.of("per_second"), "daemon"),
    /** What a returning agent is given of so many messages. */
    BACKLOG("messages waiting", List.of(1_000, 10_000, 100_000, 300_000), "replay", List.of("per_second"), "memory"),
    /** Changed levels at one rate, spread over so many books, from the frame to Redis. */
    SYMBOLS("books", List.of(1, 5, 20, 50), "levels", List.of("visible_p50_us", "visible_p99_us"), "redis");

    private static final int LEVELS_PER_SECOND = 20_000;

    private final String title;
    private final List<Integer> points;
    private final String work;
    private final List<String> drawn;
    private final String cost;

    Axis(String title, List<Integer> points, String work, List<String> drawn, String cost) {
        this.title = title;
        this.points = points;
        this.work = work;
        this.drawn = drawn;
        this.cost = cost;
    }

    String lower() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The points up to a bound. */
    List<Integer> points(int most) {
        return points.stream().filter(point -> point <= most).toList();
    }

    /** What happened, and what of it is drawn. */
    SvgPlot plot(List<Map<String, @Nullable Object>> measured) {
        return new SvgPlot(work + " by " + title, title, "n", measured, List.of(drawn, List.of(costFigure())));
    }

    private String costFigure() {
        return switch (cost) {
            case "memory" -> "daemon_rss_mb";
            case "redis" -> "redis_cpu_us_per_frame";
            default -> "daemon_cpu_us_per_message";
        };
    }

    /** One point, with its number as {@code n}. */
    Map<String, @Nullable Object> measure(int n, Part.Settings settings) throws IOException {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("n", n);
        if (this == SYMBOLS) {
            figures.putAll(books(n, settings.ms() / 1_000.0));
            return figures;
        }
        try (Rig rig = new Rig(Configuration.plain(List.of()))) {
            figures.putAll(measure(n, rig, settings));
        }
        return figures;
    }

    private Map<String, @Nullable Object> measure(int n, Rig rig, Part.Settings settings) {
        return switch (this) {
            case AGENTS -> {
                if (n > 2 && !rig.startIdle(n - 2, 120_000)) {
                    throw new CliException(ExitCode.FAILED, "agents=" + n + " could not connect; see ulimit -n");
                }
                yield pair(rig, Part.REQUEST, settings, 0);
            }
            case LANES -> pair(rig, Part.SEND, settings, n);
            case TOPICS -> pair(rig, Part.FANOUT, settings, 0, "topic=" + Part.FANOUT.target(), "topics=" + (n - 1));
            case PAYLOAD -> pair(rig, Part.SEND, settings.withBytes(n), 0);
            case BACKLOG -> Part.REPLAY.measure(rig, Configuration.plain(List.of()), settings.withCount(n));
            case SYMBOLS -> throw new IllegalStateException("books have no daemon");
        };
    }

    private static Map<String, @Nullable Object> pair(
            Rig rig, Part part, Part.Settings settings, int lanes, String... recipient) {
        String clients = "clients=" + (lanes > 1 ? lanes : 0);
        List<String> settingsOfTo = new ArrayList<>(List.of(recipient));
        settingsOfTo.add(clients);
        rig.start("to", "java", settingsOfTo.toArray(String[]::new));
        rig.start("from", "java", clients);
        rig.ask("from", "run", order(part, settings, settings.warmUpMs(), lanes));
        return rig.run("from", order(part, settings, settings.ms(), lanes));
    }

    private static Map<String, Object> order(Part part, Part.Settings settings, long ms, int lanes) {
        Map<String, Object> order = part.order(settings, part.target(), ms, settings.rate());
        order.put("spread", lanes > 1 ? lanes : 0);
        return order;
    }

    private static Map<String, Object> books(int symbols, double seconds) throws IOException {
        try {
            return BookBench.burst(symbols, LEVELS_PER_SECOND, seconds);
        } catch (TimeoutException | RecordingException e) {
            throw new CliException(ExitCode.FAILED, "books: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.FAILED, "interrupted");
        }
    }
}
