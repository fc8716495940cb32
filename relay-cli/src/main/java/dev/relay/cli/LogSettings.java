package dev.relay.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.daemon.config.Setting;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The section {@code log} of the configuration file: {@code level} and {@code format}, before them {@code RELAY_LOG_LEVEL} and
 * {@code RELAY_LOG_FORMAT}. Installed before the first line is logged; the level can be read again. Mistakes are told by
 * {@link ConfigCommand}; here they leave the default.
 */
final class LogSettings {
    static final Set<String> LEVELS = Set.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE", "OFF");
    static final Set<String> FORMATS = Set.of("text", "json");
    private static final Set<String> KEYS = Set.of("level", "format");

    private static String[] arguments = {};
    private static Map<String, String> environment = Map.of();
    private static String fallback = "WARN";

    static void install(String[] args, Map<String, String> given, String level) {
        arguments = args.clone();
        environment = given;
        fallback = level;
        System.setProperty("relay.log.level", value("level", LEVELS, fallback));
        System.setProperty("relay.log.format", value("format", FORMATS, "text"));
    }

    /** Takes over the level of now. */
    static void reload() {
        Level level = Level.toLevel(value("level", LEVELS, fallback));
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logs) {
            logs.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(level);
        }
    }

    /** What holds for servers, and where it comes from. */
    static List<Setting> settings(@Nullable Path file, Map<String, String> environment) {
        return List.of(setting("level", "INFO", file, environment), setting("format", "text", file, environment));
    }

    private static Setting setting(String key, String absent, @Nullable Path file, Map<String, String> environment) {
        String set = environment.get(variable(key));
        String inFile = file == null ? "" : in(file, key);
        return set != null
                ? new Setting("log." + key, set, "environment " + variable(key))
                : inFile.isEmpty()
                        ? new Setting("log." + key, absent, "default")
                        : new Setting("log." + key, inFile, String.valueOf(file));
    }

    private static String variable(String key) {
        return "RELAY_LOG_" + key.toUpperCase(Locale.ROOT);
    }

    private static String in(Path file, String key) {
        return OptionSources.read(file).path("log").path(key).asText("");
    }

    /** What is wrong with the section of a file. */
    static void check(JsonNode file, List<String> mistakes) {
        JsonNode section = file.path("log");
        if (!section.isMissingNode() && !section.isNull() && !section.isObject()) {
            mistakes.add("section log must hold `key: value` lines");
        }
        section.properties().forEach(e -> check(e.getKey(), e.getValue().asText(), mistakes));
    }

    private static void check(String key, String value, List<String> mistakes) {
        if (!KEYS.contains(key)) {
            mistakes.add("unknown key log." + key + ", did you mean " + OptionSources.nearest(key, KEYS) + "?");
        } else if (!allowed(key).contains(canonical(key, value))) {
            mistakes.add(
                    "log." + key + "=" + value + ": must be one of " + String.join(", ", new TreeSet<>(allowed(key))));
        }
    }

    private static Set<String> allowed(String key) {
        return key.equals("level") ? LEVELS : FORMATS;
    }

    /** A bare OFF is {@code false} to YAML. */
    private static String canonical(String key, String value) {
        if (!key.equals("level")) {
            return value.toLowerCase(Locale.ROOT);
        }
        return value.equals("false") ? "OFF" : value.toUpperCase(Locale.ROOT);
    }

    private static String value(String key, Set<String> allowed, String absent) {
        String set = environment.get(variable(key));
        String value = canonical(key, set != null ? set : fromFile(key));
        return allowed.contains(value) ? value : absent;
    }

    private static String fromFile(String key) {
        String path = OptionSources.configPath(arguments, environment);
        try {
            return path == null ? "" : in(Path.of(path), key);
        } catch (CliException e) {
            return ""; // the command itself says that the file cannot be read
        }
    }

    private LogSettings() {}
}
