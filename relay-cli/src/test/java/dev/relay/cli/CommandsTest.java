package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What is typed is all of the model that is built, and it is the same as in the whole model; what all verbs have in common. */
final class CommandsTest {
    /** What destroys or switches something; each shows with {@code --dry-run} what it would do. */
    private static final Set<String> DESTRUCTIVE = Set.of(
            "dlq drop",
            "dlq redrive",
            "store restore",
            "store accept-loss",
            "agent emergency-stop",
            "agent release",
            "kill-switch");

    private static final List<CommandSpec> VERBS = Ran.verbs();

    @Test
    void shouldBuildTheModelOfTheNamedCommandOnly() {
        assertThat(built("status")).containsExactly("status");
        assertThat(built("dlq", "ls", "--json")).containsExactly("dlq", "dlq ls");
        assertThat(built("dlq", "sl"))
                .as("so that the nearest part can be named")
                .hasSize(7);
        assertThat(built("statsu")).hasSameSizeAs(built()).hasSizeGreaterThan(60);
        for (String aboutAll : List.of("completion", "man", "config")) {
            assertThat(built(aboutAll)).as(aboutAll).hasSameSizeAs(built());
        }
    }

    private static Set<String> built(String... args) {
        Set<String> names = new TreeSet<>();
        collect(Main.commandLine(args), names);
        return names;
    }

    private static void collect(CommandLine command, Set<String> names) {
        for (CommandLine sub : command.getSubcommands().values()) {
            names.add(Ran.name(sub.getCommandSpec()));
            collect(sub, names);
        }
    }

    @Test
    void shouldBuildAloneWhatItIsAmongAllOthers() {
        for (CommandSpec verb : VERBS) {
            String[] words = Ran.name(verb).split(" ", -1);
            CommandLine alone = Main.commandLine(words);
            for (String word : words) {
                alone = Objects.requireNonNull(alone.getSubcommands().get(word));
            }
            assertThat(options(alone.getCommandSpec())).as(Ran.name(verb)).isEqualTo(options(verb));
        }
        assertThat(VERBS.stream().map(Ran::name)).contains("torture load", "bench books", "agents add");
    }

    private static Set<String> options(CommandSpec verb) {
        return verb.options().stream().map(OptionSpec::longestName).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void shouldListEveryVerbThatDestroysAndLetItBeTriedDry() {
        Set<String> asking = new TreeSet<>();
        for (CommandSpec verb : VERBS) {
            if (options(verb).contains("--yes")) {
                asking.add(Ran.name(verb));
                assertThat(options(verb)).as(Ran.name(verb)).contains("--dry-run");
            }
        }
        assertThat(asking).containsExactlyInAnyOrderElementsOf(DESTRUCTIVE);
    }

    @Test
    void shouldDescribeEveryOptionAndEveryWordOfEveryVerb() {
        List<String> silent = VERBS.stream()
                .flatMap(verb -> verb.args().stream()
                        .filter(arg -> !arg.hidden() && arg.description().length == 0)
                        .map(arg -> Ran.name(verb) + " "
                                + (arg instanceof OptionSpec option ? option.longestName() : arg.paramLabel())))
                .toList();
        assertThat(silent).isEmpty();
    }

    @Test
    void shouldExplainEveryVerbOnStandardOutputAndRefuseUnknownOptionsOnStandardError() {
        for (CommandSpec verb : VERBS) {
            String name = Ran.name(verb);
            Ran help = Ran.of(name, List.of("--help"));
            assertThat(help.exitCode()).as(name).isZero();
            assertThat(help.out()).as(name).contains("Usage: relay " + name);
            assertThat(help.err()).as(name).isEmpty();
            if (verb.unmatchedArgsBindings().isEmpty()) {
                Ran wrong = Ran.of(name, List.of("--no-such-option"));
                assertThat(wrong.exitCode()).as(name).isEqualTo(ExitCode.USAGE);
                assertThat(wrong.out()).as(name).isEmpty();
                assertThat(wrong.err()).as(name).isNotEmpty();
            }
        }
    }
}
