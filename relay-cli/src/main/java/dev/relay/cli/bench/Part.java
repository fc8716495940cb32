package dev.relay.cli.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What can be measured. Each needs a fresh {@link Rig}; its key figure is a latency or a rate. */
enum Part {
    /** Request and reply, one at a time. */
    REQUEST("p50_us", false),
    /** sendAndWait, one at a time. */
    WAIT("p50_us", false),
    /** Sends to an agent that is there, in a window. */
    SEND("per_second", true),
    /** Sends to an agent that is away, in a window: each receipt is by disk. */
    DURABLE("per_second", true),
    /** What a returning agent is given of a backlog. */
    REPLAY("per_second", true),
    /** One publisher, many durable subscribers. */
    FANOUT("deliveries_per_second", true),
    /** Requests among many agents that are mostly idle, against requests between two. */
    AGENTS("p99_us_ratio", false);

    final String key;
    final boolean isMoreBetter;

    Part(String key, boolean isMoreBetter) {
        this.key = key;
        this.isMoreBetter = isMoreBetter;
    }

    /**
     * How it is measured.
     *
     * @param pairs of agents at a time
     * @param count messages of a replay
     * @param subscribers of a fan-out
     * @param agents of a crowd
     */
    record Settings(
            int bytes,
            int window,
            int pairs,
            long rate,
            long warmUpMs,
            long ms,
            long count,
            int subscribers,
            int agents) {
        Settings withBytes(int other) {
            return new Settings(other, window, pairs, rate, warmUpMs, ms, count, subscribers, agents);
        }

        Settings withCount(long other) {
            return new Settings(bytes, window, pairs, rate, warmUpMs, ms, other, subscribers, agents);
        }
    }

    Map<String, @Nullable Object> measure(Rig rig, Configuration configuration, Settings settings) {
        return switch (this) {
            case REQUEST, WAIT, SEND -> pairs(rig, configuration, settings, false);
            case DURABLE -> pairs(rig, configuration, settings, true);
            case REPLAY -> replay(rig, configuration, settings);
            case FANOUT -> fanOut(rig, configuration, settings);
            case AGENTS -> new AgentsBench(settings).measure(rig, configuration);
        };
    }

    private Map<String, @Nullable Object> pairs(
            Rig rig, Configuration configuration, Settings settings, boolean isAway) {
        Map<String, Map<String, Object>> warmUps = new LinkedHashMap<>();
        Map<String, Map<String, Object>> orders = new LinkedHashMap<>();
        for (int i = 1; i <= settings.pairs; i++) {
            String number = i == 1 ? "" : "-" + i;
            rig.start("to" + number, configuration.to());
            if (isAway) {
                rig.stop("to" + number);
            }
            rig.start("from" + number, configuration.from());
            warmUps.put("from" + number, order(settings, Rig.name("to" + number), settings.warmUpMs, 0));
            orders.put("from" + number, order(settings, Rig.name("to" + number), settings.ms, settings.rate));
        }
        rig.askAll("run", warmUps);
        return rig.run(orders);
    }

    private Map<String, @Nullable Object> replay(Rig rig, Configuration configuration, Settings settings) {
        rig.start("to", configuration.to());
        rig.start("from", configuration.from());
        rig.ask("from", "run", order(settings, target(), settings.warmUpMs, 0));
        rig.stop("to");
        Map<String, Object> fill = order(settings, target(), 600_000, 0);
        fill.put("count", settings.count);
        rig.ask("from", "run", fill);
        rig.start("to", configuration.to());
        return rig.arrivals("to", settings.count);
    }

    private Map<String, @Nullable Object> fanOut(Rig rig, Configuration configuration, Settings settings) {
        rig.start("to", configuration.to(), "clients=" + settings.subscribers, "topic=bench.>");
        rig.start("from", configuration.from());
        rig.ask("from", "run", order(settings, target(), settings.warmUpMs, 0));
        Map<String, @Nullable Object> figures = rig.run("from", order(settings, target(), settings.ms, settings.rate));
        figures.put("deliveries_per_second", Floor.number(figures, "per_second") * settings.subscribers);
        return figures;
    }

    /** Where its messages go: a topic or an agent. */
    String target() {
        return this == FANOUT ? "bench.load" : Rig.name("to");
    }

    Map<String, Object> order(Settings settings, String to, long ms, long rate) {
        Map<String, Object> order = new LinkedHashMap<>();
        order.put("mode", this == FANOUT ? "publish" : this == REQUEST || this == WAIT ? lower() : "send");
        order.put("to", to);
        order.put("bytes", settings.bytes);
        order.put("window", settings.window);
        order.put("rate", rate);
        order.put("ms", ms);
        return order;
    }

    String lower() {
        return name().toLowerCase(Locale.ROOT);
    }
}
