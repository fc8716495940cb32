package dev.relay.cli.bench;

import java.util.LinkedHashMap;
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
    FANOUT("deliveries_per_second", true);

    final String key;
    final boolean isMoreBetter;

    Part(String key, boolean isMoreBetter) {
        this.key = key;
        this.isMoreBetter = isMoreBetter;
    }

    /**
     * How it is measured.
     *
     * @param count messages of a replay
     * @param subscribers of a fan-out
     */
    record Settings(int bytes, int window, long rate, long warmUpMs, long ms, long count, int subscribers) {}

    Map<String, @Nullable Object> measure(Rig rig, Configuration configuration, Settings settings) {
        return switch (this) {
            case REQUEST, WAIT, SEND -> pair(rig, configuration, settings);
            case DURABLE -> away(rig, configuration, settings);
            case REPLAY -> replay(rig, configuration, settings);
            case FANOUT -> fanOut(rig, configuration, settings);
        };
    }

    private Map<String, @Nullable Object> pair(Rig rig, Configuration configuration, Settings settings) {
        rig.start("to", configuration.to());
        rig.start("from", configuration.from());
        rig.ask("from", "run", order(settings, settings.warmUpMs, 0));
        return rig.run("from", order(settings, settings.ms, settings.rate));
    }

    private Map<String, @Nullable Object> away(Rig rig, Configuration configuration, Settings settings) {
        rig.start("to", configuration.to());
        rig.stop("to");
        rig.start("from", configuration.from());
        rig.ask("from", "run", order(settings, settings.warmUpMs, 0));
        return rig.run("from", order(settings, settings.ms, settings.rate));
    }

    private Map<String, @Nullable Object> replay(Rig rig, Configuration configuration, Settings settings) {
        rig.start("to", configuration.to());
        rig.start("from", configuration.from());
        rig.ask("from", "run", order(settings, settings.warmUpMs, 0));
        rig.stop("to");
        Map<String, Object> fill = order(settings, 600_000, 0);
        fill.put("count", settings.count);
        rig.ask("from", "run", fill);
        rig.start("to", configuration.to());
        return rig.arrivals("to", settings.count);
    }

    private Map<String, @Nullable Object> fanOut(Rig rig, Configuration configuration, Settings settings) {
        rig.start("to", configuration.to(), "clients=" + settings.subscribers, "topic=bench.>");
        rig.start("from", configuration.from());
        rig.ask("from", "run", order(settings, settings.warmUpMs, 0));
        Map<String, @Nullable Object> figures = rig.run("from", order(settings, settings.ms, settings.rate));
        figures.put("deliveries_per_second", Floor.number(figures, "per_second") * settings.subscribers);
        return figures;
    }

    private Map<String, Object> order(Settings settings, long ms, long rate) {
        Map<String, Object> order = new LinkedHashMap<>();
        order.put("mode", this == FANOUT ? "publish" : this == REQUEST || this == WAIT ? lower() : "send");
        order.put("to", this == FANOUT ? "bench.load" : Rig.name("to"));
        order.put("bytes", settings.bytes);
        order.put("window", settings.window);
        order.put("rate", rate);
        order.put("ms", ms);
        return order;
    }

    String lower() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
