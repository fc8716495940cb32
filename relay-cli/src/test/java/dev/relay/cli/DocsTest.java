package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What stands on the pages is there: files and headings that are linked, commands with their options, configuration. Blocks that run are run by
 * {@code ReadmeIT}, {@code test_readme.py} and {@code bin/lib/quickstart.py}, commands by {@code DocsRunIT}.
 */
final class DocsTest {
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])(--[a-z][a-z-]*)");

    private static final CommandLine RELAY = Main.commandLine();

    @TempDir
    Path dir = Path.of("");

    @Test
    void everyLinkLeadsToAFileAndAHeading() throws IOException {
        List<String> broken = new ArrayList<>();
        for (DocsPage page : DocsPage.all()) {
            Matcher links = LINK.matcher(page.prose());
            while (links.find()) {
                if (!links.group(1).contains("://") && !isThere(page, links.group(1))) {
                    broken.add(page.name() + ": " + links.group(1));
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    private static boolean isThere(DocsPage page, String link) {
        String[] parts = link.split("#", 2);
        Path file = parts[0].isEmpty()
                ? page.file()
                : page.file().resolveSibling(parts[0]).normalize();
        return Files.exists(file)
                && (parts.length == 1 || headings(DocsPage.read(file)).contains(parts[1]));
    }

    private static Set<String> headings(String text) {
        Set<String> headings = new TreeSet<>();
        Pattern.compile("^#+ (.*)$", Pattern.MULTILINE)
                .matcher(DocsPage.FENCE.matcher(text).replaceAll(""))
                .results()
                .forEach(m -> headings.add(m.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-')));
        return headings;
    }

    @Test
    void everyCommandOfThePagesExistsWithItsOptions() throws IOException {
        List<String> wrong = new ArrayList<>();
        int commands = 0;
        for (DocsPage page : DocsPage.all()) {
            for (String command : page.commands()) {
                commands++;
                problem(command).ifPresent(problem -> wrong.add(page.name() + ": " + problem + " in: " + command));
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(commands).isGreaterThan(100);
    }

    /** What is wrong with {@code dlq ls|show NO --raw}. */
    private static Optional<String> problem(String command) {
        List<CommandLine> named = List.of(RELAY);
        for (String word : command.split(" ", -1)) {
            List<CommandLine> next = new ArrayList<>();
            for (CommandLine parent : named) {
                for (String part : word.split("[|,]", -1)) {
                    if (parent.getSubcommands().get(part) != null) {
                        next.add(parent.getSubcommands().get(part));
                    }
                }
            }
            if (next.isEmpty()) {
                break;
            }
            named = next;
        }
        if (named.get(0) == RELAY) {
            return Optional.of("no such command");
        }
        List<CommandSpec> specs =
                named.stream().map(CommandLine::getCommandSpec).toList();
        return OPTION.matcher(command)
                .results()
                .map(m -> m.group(1))
                .filter(option -> specs.stream().noneMatch(spec -> has(spec, option)))
                .map(option -> "no option " + option)
                .findFirst();
    }

    /** The option of the command or one of its parts; the floor's are Python's. */
    private static boolean has(CommandSpec spec, String option) {
        return spec.findOption(option) != null
                || !spec.unmatchedArgsBindings().isEmpty()
                || spec.subcommands().values().stream().anyMatch(sub -> has(sub.getCommandSpec(), option));
    }

    @Test
    void everyOptionInTheTableOfCommandsIsOneOfItsCommand() {
        String table = DocsPage.read(DocsPage.ROOT.resolve("docs/operations.md"))
                .replaceFirst("(?s).*?\n## Commands\n", "")
                .replaceFirst("(?s)\n\n.*", "");
        List<String> wrong = new ArrayList<>();
        List<String> rows =
                table.lines().filter(row -> row.startsWith("| `relay")).toList();
        for (String row : rows) {
            List<CommandSpec> specs = Pattern.compile("[a-z-]+")
                    .matcher(row.replace("\\|", " ").split("\\|", -1)[1].replace("relay", ""))
                    .results()
                    .map(m -> RELAY.getSubcommands().get(m.group()))
                    .filter(Objects::nonNull)
                    .map(CommandLine::getCommandSpec)
                    .toList();
            assertThat(specs).as(row).isNotEmpty();
            OPTION.matcher(row)
                    .results()
                    .map(m -> m.group(1))
                    .filter(option -> specs.stream().noneMatch(spec -> has(spec, option)))
                    .forEach(option -> wrong.add(option + ": " + row));
        }
        assertThat(wrong).isEmpty();
        assertThat(rows).hasSizeGreaterThan(25);
    }

    @Test
    void everyCommandStandsInTheTableOfCommands() {
        String table = DocsPage.read(DocsPage.ROOT.resolve("docs/operations.md"))
                .replaceFirst("(?s)\n## Configuration\n.*", "");
        List<String> absent = RELAY.getSubcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(spec -> !spec.usageMessage().hidden())
                .map(CommandSpec::name)
                .filter(name ->
                        !Pattern.compile("\\b" + name + "\\b").matcher(table).find())
                .toList();
        assertThat(absent).isEmpty();
    }

    @Test
    void everyConfigurationOfThePagesIsRight() throws IOException {
        Map<String, String> environment = Map.of("RELAY_API_KEY", "k", "RELAY_API_SECRET", "s");
        int blocks = 0;
        for (DocsPage page : DocsPage.all()) {
            for (var block : DocsPage.FENCE.matcher(page.text()).results().toList()) {
                if (block.group(1).equals("yaml")) {
                    Path file = Files.writeString(dir.resolve("relay-" + blocks++ + ".yaml"), block.group(2));
                    assertThat(ConfigCommand.mistakes(RELAY, file, environment))
                            .as(page.name())
                            .isEmpty();
                }
            }
        }
        assertThat(blocks).isGreaterThanOrEqualTo(2);
    }

    /** Spring is no dependency of this module, so its one name is declared beside the class that the page shows. */
    @Test
    void theBeanOfTheAdoptionPageCompiles() throws IOException {
        Matcher block = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(DocsPage.read(DocsPage.ROOT.resolve("docs/adoption.md")));
        assertThat(block.find()).isTrue();
        Path bean = Files.writeString(dir.resolve("RelayBean.java"), """
                import dev.relay.client.*;
                import dev.relay.examples.spring.RelayHandler;
                import java.util.Map;
                @interface Component {}
                """ + block.group(1));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        String handler =
                DocsPage.ROOT + "/examples/spring-boot/src/main/java/dev/relay/examples/spring/RelayHandler.java";
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int exitCode = compiler.run(
                null,
                errors,
                errors,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                dir + "",
                bean + "",
                handler);
        assertThat(exitCode).as(errors.toString(StandardCharsets.UTF_8)).isZero();
    }
}
