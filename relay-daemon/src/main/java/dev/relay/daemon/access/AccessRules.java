package dev.relay.daemon.access;

import dev.relay.protocol.Names;
import dev.relay.protocol.TopicPattern;
import java.util.ArrayList;
import java.util.List;

/**
 * The access lists of the configuration. A list that is empty allows everything; one that is not allows what one of its rules names, and nothing else. Texts:
 * {@code strategy-* -> orders, * -> logger} for sends, {@code feed -> md.>} for publishing, {@code cli, ops-*} for operators,
 * {@code audit -> risk-*} for shadows, where an empty list allows nobody but operators.
 */
public record AccessRules(
        List<SendRule> sends, List<PublishRule> publishes, List<NamePattern> operators, List<SendRule> shadows) {
    private static final String ARROW = "->";

    /** One sender, or many, may send to one target, or to many. */
    public record SendRule(NamePattern sender, NamePattern target) {}

    /** One publisher, or many, may publish what matches a topic pattern. */
    public record PublishRule(NamePattern publisher, String topics) {}

    public AccessRules {
        sends = List.copyOf(sends);
        publishes = List.copyOf(publishes);
        operators = List.copyOf(operators);
        shadows = List.copyOf(shadows);
    }

    /** Everybody may everything that the contract does not forbid. */
    public static AccessRules open() {
        return new AccessRules(List.of(), List.of(), List.of(), List.of());
    }

    /** Reads the three texts; an {@link IllegalArgumentException} says what is wrong with the first bad rule. */
    public static AccessRules parse(String allowSend, String allowPublish, String operators) {
        return new AccessRules(sends(allowSend), publishes(allowPublish), operators(operators), List.of());
    }

    public static List<SendRule> sends(String text) {
        List<SendRule> rules = new ArrayList<>();
        for (String[] pair : pairs(text)) {
            rules.add(new SendRule(NamePattern.of(pair[0]), NamePattern.of(pair[1])));
        }
        return rules;
    }

    public static List<PublishRule> publishes(String text) {
        List<PublishRule> rules = new ArrayList<>();
        for (String[] pair : pairs(text)) {
            if (!Names.isPattern(pair[1])) {
                throw new IllegalArgumentException("not a topic pattern: " + pair[1].replaceAll("\\p{Cntrl}", "?"));
            }
            rules.add(new PublishRule(NamePattern.of(pair[0]), pair[1]));
        }
        return rules;
    }

    public static List<NamePattern> operators(String text) {
        return items(text).stream().map(NamePattern::of).toList();
    }

    private static List<String[]> pairs(String text) {
        List<String[]> pairs = new ArrayList<>();
        for (String item : items(text)) {
            int arrow = item.indexOf(ARROW);
            if (arrow < 0) {
                throw new IllegalArgumentException("a rule is `who -> whom`: " + item.replaceAll("\\p{Cntrl}", "?"));
            }
            pairs.add(new String[] {
                item.substring(0, arrow).strip(),
                item.substring(arrow + ARROW.length()).strip()
            });
        }
        return pairs;
    }

    private static List<String> items(String text) {
        List<String> items = new ArrayList<>();
        for (String item : text.split(",", -1)) {
            if (!item.isBlank()) {
                items.add(item.strip());
            }
        }
        return items;
    }

    boolean maySend(String namespace, String sender, String target) {
        return sends.isEmpty()
                || sends.stream()
                        .anyMatch(rule -> rule.sender().matches(namespace, sender)
                                && rule.target().matches(namespace, target));
    }

    boolean mayShadow(String namespace, String watcher, String agent) {
        return shadows.stream()
                .anyMatch(rule -> rule.sender().matches(namespace, watcher)
                        && rule.target().matches(namespace, agent));
    }

    boolean mayPublish(String namespace, String publisher, String topic) {
        return publishes.isEmpty()
                || publishes.stream()
                        .anyMatch(rule -> rule.publisher().matches(namespace, publisher)
                                && TopicPattern.matches(rule.topics(), topic));
    }

    boolean isOperator(String namespace, String name) {
        return operators.isEmpty() || operators.stream().anyMatch(pattern -> pattern.matches(namespace, name));
    }
}
