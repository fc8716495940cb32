package dev.relay.cli.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What daemon and agents of a measurement run with, and what the second configuration of a comparison has instead. */
final class RigOptions {
    @Option(names = "--from", defaultValue = "java", description = "Language of the sender: java or python.")
    String from = "java";

    @Option(names = "--to", defaultValue = "java", description = "Language of the recipient: java or python.")
    String to = "java";

    @Option(names = "--java-options", defaultValue = "", description = "For daemon and agents.")
    String javaOptions = "";

    @Option(names = "--daemon-options", defaultValue = "", description = "Java options for the daemon only.")
    String daemonOptions = "";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A setting of the daemon; can be repeated.")
    List<String> settings = List.of();

    @Option(names = "--compare", description = "Measure a second configuration in turn and print ratios pair by pair.")
    boolean compare;

    @Option(names = "--other-lib", description = "Class path of the second one: a directory of jars.")
    @Nullable
    Path otherLib;

    @Option(names = "--other-java-options", description = "Java options of the second one, instead of --java-options.")
    @Nullable
    String otherJavaOptions;

    @Option(names = "--other-daemon-options", description = "Daemon's Java options of the second one.")
    @Nullable
    String otherDaemonOptions;

    @Option(names = "--other-set", description = "Settings of the second one's daemon.")
    List<String> otherSettings = List.of();

    @Option(names = "--pairs", defaultValue = "5", description = "Pairs of runs of a comparison.")
    int pairs;

    Configuration first() {
        return new Configuration(
                Configuration.OWN_CLASS_PATH, words(javaOptions), words(daemonOptions), from, to, settings);
    }

    Configuration second() {
        return new Configuration(
                otherLib == null ? Configuration.OWN_CLASS_PATH : otherLib.toAbsolutePath() + "/*",
                words(otherJavaOptions == null ? javaOptions : otherJavaOptions),
                words(otherDaemonOptions == null ? daemonOptions : otherDaemonOptions),
                from,
                to,
                otherSettings.isEmpty() ? settings : otherSettings);
    }

    private static List<String> words(String text) {
        return Stream.of(text.split(" ", -1)).filter(word -> !word.isEmpty()).toList();
    }
}
