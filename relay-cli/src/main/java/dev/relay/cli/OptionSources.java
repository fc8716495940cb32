package dev.relay.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Where an option of {@code sidecar} or {@code exchange} comes from when the command line does not give it: {@code RELAY_SIDECAR_RUN_DIR} in the environment, else
 * {@code run_dir} in the section {@code sidecar} of the file named by {@code --config}, else its own default. Every unknown or unusable key of the file is
 * reported at once, with the nearest known one. The daemon has its own loader, because its keys can be set without a command line too. One thread.
 */
final class OptionSources implements IDefaultValueProvider {
    private static final Set<String> COMMANDS = Set.of("sidecar", "exchange");
    /** Keys that neither file nor environment can give. */
    private static final Set<String> COMMAND_LINE_ONLY = Set.of("config", "help", "version", "i_accept_live");

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
        String config = configPath(args, environment);
        Map<String, String> file = config == null ? Map.of() : section(Path.of(config), sub);
        sub.setDefaultValueProvider(new OptionSources(args[0], environment, file));
    }

    private static @Nullable String configPath(String[] args, Map<String, String> environment) {
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

    private static Map<String, String> section(Path file, CommandLine sub) {
        JsonNode section = read(file).path(sub.getCommandName());
        if (section.isMissingNode() || section.isNull()) {
            return Map.of();
        }
        Map<String, String> values = new HashMap<>();
        List<String> mistakes = new ArrayList<>();
        if (!section.isObject()) {
            mistakes.add("section " + sub.getCommandName() + " must hold `key: value` lines");
        }
        section.properties().forEach(e -> take(e.getKey(), e.getValue(), sub, values, mistakes));
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

    private static JsonNode read(Path file) {
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

    private static String nearest(String key, Set<String> known) {
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

    private static String key(OptionSpec option) {
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
        String set = environment.get("RELAY_" + (command + "_" + key).toUpperCase(Locale.ROOT));
        return set != null ? set : file.get(key);
    }
}
