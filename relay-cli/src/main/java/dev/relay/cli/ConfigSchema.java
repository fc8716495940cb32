package dev.relay.cli;

import dev.relay.cli.supervisor.Restart;
import dev.relay.cli.supervisor.TemplateFile;
import dev.relay.cli.supervisor.TemplateNumber;
import dev.relay.daemon.config.ConfigKey;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The JSON Schema of {@code relay.yaml}, made from the keys that the code knows; {@code deploy/relay.schema.json} is a copy of it that a
 * test keeps equal. Stateless.
 */
final class ConfigSchema {
    private static final String REFERENCE = "^\\$\\{(env|file):[^}]+}$";

    static Map<String, Object> of(CommandLine relay) {
        Map<String, Object> sections = new LinkedHashMap<>();
        sections.put("daemon", section("the bus", daemon()));
        sections.put("sidecar", section("exchange connection, books and orders", options(relay, "sidecar")));
        sections.put("exchange", section("the local exchange", options(relay, "exchange")));
        sections.put("log", section("logs of all of them", log()));
        sections.put("templates", templates());
        daemon().forEach(sections::put);
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "relay.yaml");
        schema.put("description", "Configuration of Relay. The keys of the daemon may stand at the top, too.");
        schema.putAll(section("", sections));
        return schema;
    }

    private static Map<String, Object> section(String meaning, Map<String, Object> keys) {
        Map<String, Object> section = new LinkedHashMap<>();
        section.put("type", "object");
        if (!meaning.isEmpty()) {
            section.put("description", meaning);
        }
        section.put("additionalProperties", false);
        section.put("properties", keys);
        return section;
    }

    private static Map<String, Object> daemon() {
        Map<String, Object> keys = new TreeMap<>();
        for (ConfigKey key : ConfigKey.values()) {
            Map<String, Object> value = new LinkedHashMap<>();
            value.put("description", key.meaning());
            if (key.isNumber()) {
                value.put("default", key.number());
                value.put("anyOf", List.of(number(key), Map.of("type", "string", "pattern", pattern(key))));
            } else {
                value.put("default", key.fallback());
                value.put("type", List.of("string", "number"));
            }
            keys.put(key.key(), value);
        }
        return keys;
    }

    private static Map<String, Object> number(ConfigKey key) {
        Map<String, Object> number = new LinkedHashMap<>();
        number.put("type", "integer");
        number.put("minimum", key.min());
        number.put("maximum", key.max());
        return number;
    }

    private static String pattern(ConfigKey key) {
        String units = String.join("|", key.units()).replaceFirst("^\\|", "");
        return "^(-?[0-9][0-9_]* ?" + (units.isEmpty() ? "" : "(" + units + ")?") + "|\\$\\{(env|file):[^}]+})$";
    }

    private static Map<String, Object> options(CommandLine relay, String command) {
        Map<String, Object> keys = new TreeMap<>();
        for (OptionSpec option : OptionSources.options(
                Objects.requireNonNull(relay.getSubcommands().get(command)))) {
            keys.put(OptionSources.key(option), value(option));
        }
        return keys;
    }

    private static Map<String, Object> value(OptionSpec option) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("description", String.join(" ", option.description()).replaceAll("; default: \\$\\{[^}]*}", ""));
        if (OptionSources.isSecret(OptionSources.key(option))) {
            value.put("type", "string");
            value.put("pattern", REFERENCE);
        } else if (option.isMultiValue()) {
            value.put("type", List.of("string", "array"));
            value.put("items", Map.of("type", List.of("string", "number", "boolean")));
        } else {
            value.put("type", List.of("string", "number", "boolean"));
        }
        if (option.defaultValue() != null) {
            value.put("default", option.defaultValue());
        }
        return value;
    }

    private static Map<String, Object> templates() {
        Map<String, Object> keys = new TreeMap<>();
        TemplateFile.WORDS.forEach((key, meaning) -> keys.put(key, template(key, meaning)));
        for (TemplateNumber number : TemplateNumber.values()) {
            keys.put(
                    number.key(),
                    Map.of(
                            "description", number.meaning(),
                            "type", "integer",
                            "minimum", number.min(),
                            "maximum", number.max(),
                            "default", number.fallback()));
        }
        Map<String, Object> one = section("", keys);
        one.put("required", List.of("command"));
        return Map.of("type", "object", "description", "what the supervisor may start", "additionalProperties", one);
    }

    private static Map<String, Object> template(String key, String meaning) {
        Map<String, Object> value = new LinkedHashMap<>(Map.of("description", meaning));
        switch (key) {
            case "params", "env" -> {
                value.put("type", "object");
                value.put("additionalProperties", Map.of("type", List.of("string", "number", "boolean")));
            }
            case "restart" ->
                value.put(
                        "enum",
                        Arrays.stream(Restart.values()).map(Restart::word).toList());
            default -> {
                value.put("type", List.of("string", "array"));
                value.put("items", Map.of("type", List.of("string", "number", "boolean")));
            }
        }
        return value;
    }

    private static Map<String, Object> log() {
        Map<String, Object> keys = new TreeMap<>();
        keys.put("level", Map.of("enum", LogSettings.LEVELS.stream().sorted().toList()));
        keys.put("format", Map.of("enum", LogSettings.FORMATS.stream().sorted().toList()));
        return keys;
    }

    private ConfigSchema() {}
}
