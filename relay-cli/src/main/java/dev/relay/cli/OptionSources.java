package dev.relay.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.relay.daemon.config.References;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Where an option of {@code sidecar} or {@code exchange} comes from when the command line does not give it: {@code RELAY_SIDECAR_RUN_DIR}
 * in the environment, else {@code run_dir} in the section {@code sidecar} of the file named by {@code --config}, else its own default.
 * Every unknown or unusable key of the file is reported at once, with the nearest known one. The daemon has its own loader, because its
 * keys can be set without a command line too. One thread.
 */
final class OptionSources implements IDefaultValueProvider {
    private static final Set<String> COMMANDS = Set.of("sidecar", "exchange");
    /** Keys that neither file nor environment can give. */
    private static final Set<String> COMMAND_LINE_ONLY = Set.of("config", "help", "version", "i_accept_live");

    /** Given by the environment, or by a reference in the file. */
    private static final Set<String> SECRETS = Set.of("api_key", "api_secret");

    private static final int MAX_BYTES = 64 << 10;

    private final String command;
    private final Map<String, String> environment;
    private final Map<String, String> file;

    private OptionSources(String command, Map<String, String> environment, Map<String, String> file) {
        this.command = command;
        this.environment = environment;
        this.file = file;
    }

    /**
     * Prepares the command that {@code args} names, if it is one of those.
     *
     * @throws CliException when the file cannot be used, with all that is wrong in it
     */
    static void install(CommandLine line, String[] args, Map<String, String> environment) {
        CommandLine sub = args.length == 0 ? null : line.getSubcommands().get(args[0]);
        if (sub == null || !COMMANDS.contains(args[0])) {
            return;
        }
        refuseSecrets(args);
        String config = configPath(args, environment);
        Map<String, String> file = config == null ? Map.of() : section(Path.of(config), sub, environment);
        sub.setDefaultValueProvider(new OptionSources(args[0], environment, file));
    }

    /** A command line stands in every process list. */
    private static void refuseSecrets(String[] args) {
        for (String arg : args) {
            if (SECRETS.contains(
                    arg.replaceFirst("=.*", "").replaceFirst("^-+", "").replace('-', '_'))) {
                throw new CliException(
                        ExitCode.USAGE,
                        arg.replaceFirst("=.*", "")
                                + " is not taken from the command line, where others can read it; use the environment, or"
                                + " a reference in the file");
            }
        }
    }

    /**
     * What a section sets, by key, and what is wrong with it; nothing is thrown.
     *
     * @throws CliException when the file cannot be read at all
     */
    static Map<String, String> explain(
            CommandLine sub, Path file, Map<String, String> environment, List<String> mistakes) {
        JsonNode section = read(file).path(sub.getCommandName());
        Map<String, String> values = new TreeMap<>();
        if (section.isObject()) {
            section.properties().forEach(e -> take(e.getKey(), e.getValue(), sub, values, mistakes));
        } else if (!section.isMissingNode() && !section.isNull()) {
            mistakes.add("section " + sub.getCommandName() + " must hold `key: value` lines");
        }
        values.replaceAll((key, value) -> References.resolve(
                value, environment, mistake -> mistakes.add(sub.getCommandName() + "." + key + ": " + mistake)));
        values.forEach((key, value) -> convert(sub, key, value, mistakes));
        return values;
    }

    /** One option at a time, so that one mistake does not hide the next. */
    private static void convert(CommandLine sub, String key, String value, List<String> mistakes) {
        CommandLine alone = new CommandLine(sub.getCommandSpec().userObject().getClass());
        try {
            OptionSpec option = alone.getCommandSpec().findOption("--" + key.replace('_', '-'));
            if (option != null && !SECRETS.contains(key)) {
                new CommandLine(CommandLine.Model.CommandSpec.create()
                                .addOption(OptionSpec.builder(option)
                                        .required(false)
                                        .build()))
                        .registerConverter(Duration.class, new DurationConverter())
                        .parseArgs(option.longestName() + "=" + value);
            }
        } catch (CommandLine.ParameterException e) {
            mistakes.add(sub.getCommandName() + "." + key + "=" + value + ": " + e.getMessage());
        }
    }

    /** Every option of the command that a file may set. */
    static List<OptionSpec> options(CommandLine sub) {
        return sub.getCommandSpec().options().stream()
                .filter(option -> !COMMAND_LINE_ONLY.contains(key(option)))
                .sorted(Comparator.comparing(OptionSources::key))
                .toList();
    }

    static boolean isSecret(String key) {
        return SECRETS.contains(key);
    }

    static String variable(String command, String key) {
        return "RELAY_" + (command + "_" + key).toUpperCase(Locale.ROOT);
    }

    static @Nullable String configPath(String[] args, Map<String, String> environment) {
        for (int i = 1; i < args.length; i++) {
            if (args[i].startsWith("--config=")) {
                return args[i].substring("--config=".length());
            }
            if (args[i].equals("--config") && i + 1 < args.length) {
                return args[i + 1];
            }
        }
        return environment.get("RELAY_CONFIG");
    }

    private static Map<String, String> section(Path file, CommandLine sub, Map<String, String> environment) {
        List<String> mistakes = new ArrayList<>();
        Map<String, String> values = explain(sub, file, environment, mistakes);
        if (!mistakes.isEmpty()) {
            throw new CliException(ExitCode.USAGE, file + ": " + String.join("; ", mistakes));
        }
        return values;
    }

    private static void take(
            String key, JsonNode value, CommandLine sub, Map<String, String> values, List<String> mistakes) {
        Set<String> known = keys(sub);
        if (!known.contains(key)) {
            mistakes.add(
                    "unknown key " + sub.getCommandName() + "." + key + ", did you mean " + nearest(key, known) + "?");
        } else if (value.isObject()) {
            mistakes.add(sub.getCommandName() + "." + key + ": expected a value or a list");
        } else if (SECRETS.contains(key) && !References.isReference(text(value))) {
            mistakes.add(sub.getCommandName() + "." + key
                    + ": a secret does not stand in the file; write ${env:NAME} or ${file:PATH}");
        } else {
            values.put(key, text(value));
        }
    }

    private static String text(JsonNode value) {
        if (!value.isArray()) {
            return value.asText();
        }
        List<String> items = new ArrayList<>();
        value.forEach(item -> items.add(item.asText()));
        return String.join(",", items);
    }

    static JsonNode read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new CliException(ExitCode.USAGE, file + ": larger than " + MAX_BYTES + " bytes");
            }
            return new YAMLMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new CliException(ExitCode.USAGE, file + ": cannot be read as YAML (" + firstLine(e) + ")");
        }
    }

    private static String firstLine(IOException e) {
        return e.toString().lines().findFirst().orElse("");
    }

    private static Set<String> keys(CommandLine sub) {
        Set<String> keys = new TreeSet<>();
        sub.getCommandSpec().options().forEach(option -> keys.add(key(option)));
        keys.removeAll(COMMAND_LINE_ONLY);
        return keys;
    }

    static String nearest(String key, Set<String> known) {
        return known.stream()
                .min(Comparator.comparingInt((String name) -> -common(name, key))
                        .thenComparingInt(String::length))
                .orElse("");
    }

    /** Letters in the same order in both: the length of their longest common subsequence. */
    private static int common(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int i = 0; i < a.length(); i++) {
            int diagonal = 0;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                row[j] = a.charAt(i) == b.charAt(j - 1) ? diagonal + 1 : Math.max(above, row[j - 1]);
                diagonal = above;
            }
        }
        return row[b.length()];
    }

    static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^-+", "").replace('-', '_');
    }

    @Override
    public @Nullable String defaultValue(ArgSpec spec) {
        if (!(spec instanceof OptionSpec option)) {
            return null;
        }
        String key = key(option);
        if (COMMAND_LINE_ONLY.contains(key)) {
            return null;
        }
        String set = environment.get(variable(command, key));
        return set != null ? set : file.get(key);
    }
}
