package dev.relay.cli.bench;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a crowd costs: requests at one rate, between two agents of one daemon, and spread over the active hundredth of the crowd of another,
 * in turn, so that a machine that drifts touches both. And what the crowd's daemon holds for each agent that is only there: live heap and
 * direct buffers; sockets are the kernel's.
 */
final class AgentsBench {
    /** Below that a hundredth is no pair. */
    static final int LEAST = 200;

    private static final int TURNS = 5;
    private static final long USUAL_RATE = 2_000;
    private static final long CONNECT_MS = 180_000;

    private final Part.Settings settings;
    private final int spread;

    AgentsBench(Part.Settings settings) {
        this.settings = settings;
        this.spread = settings.agents() / 200;
    }

    Map<String, @Nullable Object> measure(Rig few, Configuration configuration) {
        try (Rig crowd = new Rig(configuration)) {
            start(few, configuration, 0);
            start(crowd, configuration, spread);
            Map<String, @Nullable Object> figures = new LinkedHashMap<>();
            figures.put("agents", settings.agents());
            figures.put("active_agents", 2 * spread);
            fill(crowd, figures);
            figures.putAll(inTurn(few, crowd));
            return figures;
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, "no place for a second daemon: " + e.getMessage());
        }
    }

    private void start(Rig rig, Configuration configuration, int clients) {
        rig.start("to", configuration.to(), "clients=" + clients);
        rig.start("from", configuration.from(), "clients=" + clients);
        rig.ask("from", "run", order(clients, settings.warmUpMs(), 0));
    }

    /** The rest of the crowd, and what it weighs. */
    private void fill(Rig crowd, Map<String, @Nullable Object> figures) {
        int idle = settings.agents() - 2 * spread;
        Map<String, Object> before = crowd.vitals();
        long residentKb = crowd.daemonResidentKb();
        long startNs = System.nanoTime();
        if (!crowd.startIdle(idle, CONNECT_MS)) {
            throw new CliException(
                    ExitCode.FAILED,
                    "not all agents=" + idle + " were connected within " + CONNECT_MS + " ms; see ulimit -n");
        }
        figures.put("connect_ms", (System.nanoTime() - startNs) / 1_000_000);
        Map<String, Object> after = crowd.vitals();
        double live = rise(before, after, "daemon_heap_bytes") + rise(before, after, "daemon_direct_bytes");
        figures.put("bytes_per_idle_agent", Math.round(live / idle));
        figures.put("resident_bytes_per_idle_agent", ((crowd.daemonResidentKb() - residentKb) << 10) / idle);
    }

    private static double rise(Map<String, Object> before, Map<String, Object> after, String name) {
        return Floor.number(after, name) - Floor.number(before, name);
    }

    private Map<String, @Nullable Object> inTurn(Rig few, Rig crowd) {
        long rate = settings.rate() == 0 ? USUAL_RATE : settings.rate();
        List<Map<String, @Nullable Object>> two = new ArrayList<>();
        List<Map<String, @Nullable Object>> many = new ArrayList<>();
        for (int i = 0; i < TURNS; i++) {
            two.add(few.run("from", order(0, settings.ms(), rate)));
            many.add(crowd.run("from", order(spread, settings.ms(), rate)));
        }
        return Ratios.of(List.of("p50_us", "p99_us", "daemon_cpu_us_per_message"), two, many);
    }

    private Map<String, Object> order(int clients, long ms, long rate) {
        Map<String, Object> order = Part.REQUEST.order(settings, Rig.name("to"), ms, rate);
        order.put("spread", clients);
        return order;
    }
}
