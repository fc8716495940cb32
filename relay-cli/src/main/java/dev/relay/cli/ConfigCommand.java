package dev.relay.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.relay.cli.supervisor.Template;
import dev.relay.cli.supervisor.TemplateFile;
import dev.relay.daemon.config.ConfigException;
import dev.relay.daemon.config.ConfigKey;
import dev.relay.daemon.config.ConfigLoader;
import dev.relay.daemon.config.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** One {@code relay.yaml} for daemon, sidecar and exchange: is it right, what holds, and its schema. Reads only. */
@Command(
        name = "config",
        addMethodSubcommands = false,
        description = "Check and show the configuration of daemon, sidecar and exchange.")
final class ConfigCommand {
    private static final List<String> SECTIONS = List.of("daemon", "sidecar", "exchange", "log", "templates");
    private static final List<String> COMMANDS = List.of("sidecar", "exchange");
    private static final String HIDDEN = "********";

    @Spec
    @Nullable
    CommandSpec spec;

    private CommandLine relay() {
        return Objects.requireNonNull(spec).commandLine().getParent();
    }

    @Command(name = "check", description = "Say everything that is wrong with the file; exit code 2 when something is.")
    int check(
            @Option(names = "--config", description = "The file; default: RELAY_CONFIG.") @Nullable Path config,
            @Mixin OutputOptions output) {
        Path file = file(config);
        List<String> mistakes = mistakes(relay(), file, System.getenv());
        Output out = output.open();
        if (out.isJson()) {
            out.json(Map.of("file", file.toString(), "ok", mistakes.isEmpty(), "mistakes", mistakes));
        } else if (mistakes.isEmpty()) {
            out.line("ok " + file);
        } else {
            mistakes.forEach(mistake -> relay().getErr().println(mistake));
        }
        return mistakes.isEmpty() ? ExitCode.OK : ExitCode.USAGE;
    }

    @Command(name = "show", description = "Every key with the value that holds; secrets are hidden.")
    int show(
            @Option(names = "--config", description = "The file; default: RELAY_CONFIG.") @Nullable Path config,
            @Option(names = "--origin", description = "Also where each value comes from.") boolean isWithOrigin,
            @Mixin OutputOptions output) {
        Path file = config == null && System.getenv(ConfigLoader.FILE_VARIABLE) == null ? null : file(config);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Setting setting : settings(relay(), file, System.getenv())) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("key", setting.key());
            row.put("value", setting.value());
            row.put("origin", setting.origin());
            rows.add(row);
        }
        output.open().rows(isWithOrigin ? List.of("key", "value", "origin") : List.of("key", "value"), rows);
        return ExitCode.OK;
    }

    @Command(name = "schema", description = "Print the JSON Schema of relay.yaml.")
    int schema() {
        relay().getOut().print(schemaText(relay()));
        relay().getOut().flush();
        return ExitCode.OK;
    }

    static String schemaText(CommandLine relay) {
        try {
            return new ObjectMapper()
                            .enable(SerializationFeature.INDENT_OUTPUT)
                            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                            .writeValueAsString(ConfigSchema.of(relay))
                    + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path file(@Nullable Path given) {
        String named = System.getenv(ConfigLoader.FILE_VARIABLE);
        if (given == null && named == null) {
            throw new CliException(ExitCode.USAGE, "which file? give --config FILE, or set RELAY_CONFIG");
        }
        return given != null ? given : Path.of(String.valueOf(named));
    }

    /** All of all sections. */
    static List<String> mistakes(CommandLine relay, Path file, Map<String, String> environment) {
        JsonNode root = OptionSources.read(file);
        List<String> mistakes = new ArrayList<>();
        unknown(root, mistakes);
        try {
            List<Setting> unused = ConfigLoader.explain(Map.of(), environment, file);
        } catch (ConfigException e) {
            e.mistakes().stream()
                    .filter(mistake -> mistakes.stream().noneMatch(mistake::endsWith))
                    .forEach(mistakes::add);
        }
        COMMANDS.forEach(command -> OptionSources.explain(
                Objects.requireNonNull(relay.getSubcommands().get(command)), file, environment, mistakes));
        LogSettings.check(root, mistakes);
        Map<String, Template> unusedTemplates = TemplateFile.read(root.path("templates"), environment, mistakes);
        return mistakes;
    }

    /** A section that is nearly one of ours; keys of the daemon may stand at the top and are judged by its loader. */
    private static void unknown(JsonNode root, List<String> mistakes) {
        Set<String> known = new TreeSet<>(SECTIONS);
        Arrays.stream(ConfigKey.values()).map(ConfigKey::key).forEach(known::add);
        root.properties().stream()
                .filter(e -> e.getValue().isContainerNode() && !known.contains(e.getKey()))
                .forEach(e -> mistakes.add("unknown section " + e.getKey() + ", did you mean "
                        + OptionSources.nearest(e.getKey(), new TreeSet<>(SECTIONS)) + "?"));
    }

    /** What holds, section by section. */
    static List<Setting> settings(CommandLine relay, @Nullable Path file, Map<String, String> environment) {
        List<Setting> settings = new ArrayList<>();
        ConfigLoader.explain(Map.of(), environment, file)
                .forEach(s -> settings.add(new Setting("daemon." + s.key(), s.value(), s.origin())));
        for (String command : COMMANDS) {
            settings.addAll(
                    options(Objects.requireNonNull(relay.getSubcommands().get(command)), command, file, environment));
        }
        settings.addAll(LogSettings.settings(file, environment));
        return settings;
    }

    private static List<Setting> options(
            CommandLine sub, String command, @Nullable Path file, Map<String, String> environment) {
        List<String> mistakes = new ArrayList<>();
        Map<String, String> inFile = file == null ? Map.of() : OptionSources.explain(sub, file, environment, mistakes);
        if (!mistakes.isEmpty()) {
            throw new CliException(ExitCode.USAGE, file + ": " + String.join("; ", mistakes));
        }
        List<Setting> settings = new ArrayList<>();
        for (OptionSpec option : OptionSources.options(sub)) {
            String key = OptionSources.key(option);
            String variable = OptionSources.variable(command, key);
            String set = environment.get(variable);
            String value =
                    set != null ? set : inFile.getOrDefault(key, Objects.requireNonNullElse(option.defaultValue(), ""));
            String origin = set != null
                    ? "environment " + variable
                    : inFile.containsKey(key) ? String.valueOf(file) : "default";
            settings.add(new Setting(
                    command + "." + key, OptionSources.isSecret(key) && !value.isEmpty() ? HIDDEN : value, origin));
        }
        return settings;
    }
}
