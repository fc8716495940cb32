package dev.relay.cli.supervisor;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.daemon.config.References;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Reads the section {@code templates} of {@code relay.yaml} and tells all that is wrong with it at once. Called at the start and at a reload. */
public final class TemplateFile {
    /** The keys that are no numbers, with their meaning. */
    public static final Map<String, String> WORDS = Map.of(
            "command", "the program, or a list of it and its first arguments; relative to the file's directory",
            "args", "more arguments; ${name} in them is the agent's name, ${param} the value that the caller gives",
            "params", "names of the values that the caller gives, each with the pattern that it must match",
            "env", "environment of the process besides PATH, HOME, LANG, RELAY_SOCKET and RELAY_AGENT",
            "restart", "never, on-failure or always");

    private static final Pattern PLACE = Pattern.compile("\\$\\{([a-z][a-z0-9_]*)}");
    private static final int MAX_TEMPLATES = 1_000;

    private final Map<String, String> environment;
    private final List<String> mistakes;

    private TemplateFile(Map<String, String> environment, List<String> mistakes) {
        this.environment = environment;
        this.mistakes = mistakes;
    }

    /** By name. */
    public static Map<String, Template> read(JsonNode section, Map<String, String> environment, List<String> mistakes) {
        Map<String, Template> templates = new TreeMap<>();
        if (section.isMissingNode() || section.isNull()) {
            return templates;
        }
        if (!section.isObject() || section.size() > MAX_TEMPLATES) {
            mistakes.add("section templates must hold at most " + MAX_TEMPLATES + " templates by name");
            return templates;
        }
        TemplateFile file = new TemplateFile(environment, mistakes);
        section.properties().forEach(e -> templates.put(e.getKey(), file.template(e.getKey(), e.getValue())));
        return templates;
    }

    private Template template(String name, JsonNode node) {
        String at = "templates." + name;
        unknown(at, node);
        List<String> command = texts(at + ".command", node.path("command"));
        if (command.isEmpty()) {
            mistakes.add(at + ".command is missing");
        }
        Map<String, String> params = map(at + ".params", node.path("params"));
        if (params.containsKey(Template.NAME)) {
            mistakes.add(at + ".params.name: ${name} is the agent's name already");
        }
        params.forEach((key, pattern) -> compile(at + ".params." + key, pattern));
        List<String> args = texts(at + ".args", node.path("args"));
        args.forEach(arg -> places(at, arg, params));
        Map<String, String> env = map(at + ".env", node.path("env"));
        env.replaceAll((key, value) ->
                References.resolve(value, environment, mistake -> mistakes.add(at + ".env." + key + ": " + mistake)));
        Map<TemplateNumber, Long> numbers = new EnumMap<>(TemplateNumber.class);
        for (TemplateNumber number : TemplateNumber.values()) {
            numbers.put(number, number(at, number, node.path(number.key())));
        }
        return new Template(name, command, args, params, env, restart(at, node.path("restart")), numbers);
    }

    private void unknown(String at, JsonNode node) {
        if (!node.isObject()) {
            mistakes.add(at + " must hold `key: value` lines");
        }
        Set<String> known = new TreeSet<>(WORDS.keySet());
        Arrays.stream(TemplateNumber.values()).map(TemplateNumber::key).forEach(known::add);
        node.fieldNames().forEachRemaining(key -> {
            if (!known.contains(key)) {
                mistakes.add("unknown key " + at + "." + key + "; there are " + String.join(", ", known));
            }
        });
    }

    private List<String> texts(String at, JsonNode node) {
        List<String> texts = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(item -> texts.add(item.asText()));
        } else if (node.isValueNode() && !node.isNull()) {
            texts.add(node.asText());
        } else if (node.isObject()) {
            mistakes.add(at + " must be a text or a list of texts");
        }
        texts.replaceAll(text -> References.resolve(text, environment, mistake -> mistakes.add(at + ": " + mistake)));
        return texts;
    }

    private Map<String, String> map(String at, JsonNode node) {
        Map<String, String> map = new TreeMap<>();
        if (!node.isMissingNode() && !node.isNull() && !node.isObject()) {
            mistakes.add(at + " must hold `key: value` lines");
        }
        node.properties().forEach(e -> map.put(e.getKey(), e.getValue().asText()));
        return map;
    }

    private void compile(String at, String pattern) {
        try {
            Pattern unused = Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            mistakes.add(at + "=" + pattern + ": " + e.getDescription());
        }
    }

    private void places(String at, String arg, Map<String, String> params) {
        Matcher place = PLACE.matcher(arg);
        while (place.find()) {
            if (!params.containsKey(place.group(1)) && !place.group(1).equals(Template.NAME)) {
                mistakes.add(at + ".args: ${" + place.group(1) + "} is not among params");
            }
        }
    }

    private long number(String at, TemplateNumber number, JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return number.fallback();
        }
        if (!node.canConvertToLong() || node.asLong() < number.min() || node.asLong() > number.max()) {
            mistakes.add(at + "." + number.key() + "=" + node.asText() + ": must be a whole number from " + number.min()
                    + " to " + number.max());
        }
        return node.asLong(number.fallback());
    }

    private Restart restart(String at, JsonNode node) {
        String word = node.asText(Restart.ON_FAILURE.word());
        for (Restart restart : Restart.values()) {
            if (restart.word().equals(word)) {
                return restart;
            }
        }
        mistakes.add(at + ".restart=" + word + ": must be one of never, on-failure, always");
        return Restart.NEVER;
    }
}
