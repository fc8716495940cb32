package dev.relay.cli.torture;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Kills real processes at random times under load and has an independent checker judge the histories they leave. Cut into rounds, so that
 * each can be judged and forgotten; a directory can be gone on with in a later sitting.
 */
@Command(
        name = "torture",
        addMethodSubcommands = false,
        description = "Kill daemon and agents at random under load; judge what they wrote down.",
        subcommands = LoadCommand.class)
public final class TortureCommand implements Callable<Integer> {
    @Option(
            names = "--mode",
            defaultValue = "daemon-kill",
            description = "daemon-kill, agent-kill, both, stop-cont, term or zombie.")
    String mode = "";

    @Option(names = "--cycles", defaultValue = "20", description = "Faults in all, over the sittings of --dir.")
    int cycles;

    @Option(
            names = "--messages",
            defaultValue = "20000",
            description = "Confirmed messages at least, spread over the rounds.")
    int messages;

    @Option(names = "--pairs", defaultValue = "2", description = "Senders, and as many recipients.")
    int pairs;

    @Option(names = "--seed", description = "First seed; default: the time.")
    @Nullable
    Long seed;

    @Option(names = "--duration", description = "Begin no round after this.")
    @Nullable
    Duration duration;

    @Option(names = "--language", defaultValue = "both", description = "java, python or both.")
    String language = "";

    @Option(names = "--round", defaultValue = "50", description = "Faults of one round.")
    int round;

    @Option(names = "--pace", defaultValue = "500", description = "Messages per second of one sender.")
    int pace;

    @Option(names = "--no-topics", negatable = true, description = "Direct messages only.")
    boolean topics = true;

    @Option(names = "--inbox", description = "Recipients keep an inbox file: no effect twice, whoever dies.")
    boolean inbox;

    @Option(names = "--nack-every", defaultValue = "0", description = "One handler call in so many fails.")
    int nackEvery;

    @Option(names = "--refuse-every", defaultValue = "0", description = "One message in so many is refused for good.")
    int refuseEvery;

    @Option(names = "--dir", description = "Where rounds are kept; default: a new temporary directory.")
    @Nullable
    Path dir;

    @Option(names = "--keep", description = "Keep the histories of right rounds too.")
    boolean keep;

    @Option(names = "--json", description = "Print only the totals, as one JSON line.")
    boolean json;

    @Override
    public Integer call() throws IOException {
        Path out = (dir == null ? Files.createTempDirectory("relay-torture-out") : dir).toAbsolutePath();
        Totals totals = new Totals(out);
        long firstSeed = seed == null ? System.currentTimeMillis() : seed;
        long endNs = duration == null ? Long.MAX_VALUE : System.nanoTime() + duration.toNanos();
        while (isUnfinished(totals) && System.nanoTime() < endNs) {
            play(totals, out, firstSeed + totals.rounds());
        }
        System.out.println(Json.write(totals.json()));
        return totals.isGreen() ? ExitCode.OK : ExitCode.FAILED;
    }

    private boolean isUnfinished(Totals totals) {
        return totals.rounds() < rounds() || (totals.isGreen() && totals.count("faults") < cycles);
    }

    private int rounds() {
        return Math.max(1, (cycles + round - 1) / round);
    }

    private void play(Totals totals, Path out, long roundSeed) {
        long left = Math.max(1, cycles - totals.count("faults"));
        Plan plan = new Plan(
                out.resolve("round-" + (totals.rounds() + 1)),
                constant(Mode.class, mode),
                (int) Math.min(round, left),
                Math.max(1, messages / rounds()),
                pairs,
                roundSeed,
                constant(Language.class, language),
                topics,
                inbox,
                nackEvery,
                refuseEvery,
                pace);
        Round one = new Round(plan);
        Map<String, @Nullable Object> verdict = one.run();
        totals.add(verdict);
        say(plan.dir().getFileName() + " seed=" + roundSeed + " " + verdict.get("verdict") + " "
                + verdict.getOrDefault("counts", verdict.get("why")) + " "
                + verdict.getOrDefault("examples", ""));
        if (!keep && "ok".equals(verdict.get("verdict"))) {
            one.forget();
        }
    }

    static <E extends Enum<E>> E constant(Class<E> type, String text) {
        try {
            return Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.USAGE, "unknown value: " + text);
        }
    }

    private void say(String text) {
        if (!json) {
            System.err.println("torture: " + text);
        }
    }

    @Command(name = "check", description = "Judge the histories of directories.")
    int check(
            @Parameters(paramLabel = "DIR", arity = "1..*", description = "Each of a run: what --out named.")
                    Path[] dirs) {
        boolean isRight = true;
        for (Path each : dirs) {
            Map<String, @Nullable Object> verdict = Checker.check(each);
            System.out.println(Json.write(verdict));
            isRight &= "ok".equals(verdict.get("verdict"));
        }
        return isRight ? ExitCode.OK : ExitCode.FAILED;
    }
}
