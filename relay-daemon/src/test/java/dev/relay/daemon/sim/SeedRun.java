package dev.relay.daemon.sim;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs one seed and says what was wrong. It takes and gives only types of the platform, so that a mutant's class loader can be asked too. */
public final class SeedRun {
    /** Violations, at most five; empty when the contract was kept. */
    public final List<String> violations;

    /** What happened at all, and how often. */
    public final Map<String, Long> sometimes;

    public final long traceHash;
    public final long steps;
    public final long virtualMs;

    private SeedRun(List<String> violations, Map<String, Long> sometimes, World world) {
        this.violations = violations;
        this.sometimes = sometimes;
        this.traceHash = world.traceHash;
        this.steps = world.steps;
        this.virtualMs = world.nowMs();
    }

    static SeedRun of(long seed) {
        Simulation run = new Simulation(seed);
        try {
            run.run();
        } catch (RuntimeException e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace, true));
            run.history.violations.add(trace.toString());
        }
        List<String> all = run.history.violations;
        return new SeedRun(
                List.copyOf(all.subList(0, Math.min(5, all.size()))), new TreeMap<>(run.history.sometimes), run.world);
    }

    /** For other class loaders: the violations of one seed. */
    public static String[] violationsOf(long seed) {
        return of(seed).violations.toArray(new String[0]);
    }
}
