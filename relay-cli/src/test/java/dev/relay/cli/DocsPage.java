package dev.relay.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A page of the documentation, and what of it is commands. */
record DocsPage(Path file, String text) {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    static final Pattern FENCE = Pattern.compile("^```(\\w*)\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern SPAN = Pattern.compile("`([^`\n]+)`");
    private static final Pattern COMMAND = Pattern.compile("^(?:\\$ )?(?:[A-Z_]+=\\S+ )*(?:\\S*bin/)?relay ([a-z].*)$");

    static List<DocsPage> all() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file ->
                            !ROOT.relativize(file).toString().matches("(.*/)?(target|\\.[a-z_]+|node_modules)/.*"))
                    .map(DocsPage::of)
                    .toList();
        }
    }

    static DocsPage of(Path file) {
        return new DocsPage(file, read(file));
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String name() {
        return ROOT.relativize(file).toString();
    }

    /** Without blocks, in which brackets and parentheses are code. */
    String prose() {
        return FENCE.matcher(text).replaceAll("");
    }

    /** Without {@code relay}: those in the text, then those in blocks. */
    List<String> commands() {
        List<String> commands = new ArrayList<>();
        spansAndLines().forEach(text -> {
            for (String part : text.replace("\\|", "|").replaceAll(" #.*", "").split("&&|;|\\$\\(| \\| ", -1)) {
                Matcher command = COMMAND.matcher(part.strip());
                if (command.find()) {
                    commands.add(command.group(1));
                }
            }
        });
        return commands;
    }

    /** What is set as code in the text, then the lines of the blocks for a shell. */
    Stream<String> spansAndLines() {
        return Stream.concat(SPAN.matcher(prose()).results().map(m -> m.group(1)), shellLines())
                .map(text -> text.replaceFirst("^\\$ ", ""));
    }

    /** The lines of the blocks for a shell. */
    Stream<String> shellLines() {
        return FENCE.matcher(text)
                .results()
                .filter(m -> Set.of("sh", "console").contains(m.group(1)))
                .flatMap(m -> m.group(2).replace("\\\n", " ").lines());
    }
}
