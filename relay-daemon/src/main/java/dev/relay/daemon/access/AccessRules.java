package dev.relay.daemon.access;

import dev.relay.protocol.Names;
import dev.relay.protocol.TopicPattern;
import java.util.ArrayList;
import java.util.List;

/**
 * The access lists of the configuration. A list that is empty allows everything; one that is not allows what one of its rules names, and
 * nothing else. Texts: {@code strategy-* -> orders, * -> logger, feed -> group:pricers} for sends, {@code feed -> md.>} for publishing,
 * {@code cli, ops-*} for operators, {@code pricer-* -> pricers} for who may join a work group, {@code audit -> risk-*} for shadows, where
 * an empty list allows nobody but operators.
 */
public record AccessRules(
        List<SendRule> sends,
        List<PublishRule> publishes,
        List<NamePattern> operators,
        List<NameRule> shadows,
        List<NameRule> joins) {
    private static final String ARROW = "->";
    private static final String GROUP = "group:";

    /** One name, or many, may do something to one, or to many. */
    public record NameRule(NamePattern who, NamePattern whom) {
        boolean allows(String namespace, String name, String other) {
            return who.matches(namespace, name) && whom.matches(namespace, other);
        }
    }

    /** One sender, or many, may send to one agent, or to many; or to work groups, which no rule for agents allows. */
    public record SendRule(NameRule names, boolean isToGroup) {}

    /** One publisher, or many, may publish what matches a topic pattern. */
    public record PublishRule(NamePattern publisher, String topics) {}

    public AccessRules {
        sends = List.copyOf(sends);
        publishes = List.copyOf(publishes);
        operators = List.copyOf(operators);
        shadows = List.copyOf(shadows);
        joins = List.copyOf(joins);
    }

    /** Everybody may everything that the contract does not forbid. */
    public static AccessRules open() {
        return new AccessRules(List.of(), List.of(), List.of(), List.of(), List.of());
    }

    /** Reads the three texts; an {@link IllegalArgumentException} says what is wrong with the first bad rule. */
    public static AccessRules parse(String allowSend, String allowPublish, String operators) {
        return new AccessRules(sends(allowSend), publishes(allowPublish), operators(operators), List.of(), List.of());
    }

    public static List<SendRule> sends(String text) {
        List<SendRule> rules = new ArrayList<>();
        for (String[] pair : pairs(text)) {
            boolean isToGroup = pair[1].startsWith(GROUP);
            rules.add(new SendRule(rule(pair[0], isToGroup ? pair[1].substring(GROUP.length()) : pair[1]), isToGroup));
        }
        return rules;
    }

    /** For {@code allow_shadow} and {@code allow_join}. */
    public static List<NameRule> names(String text) {
        return pairs(text).stream().map(pair -> rule(pair[0], pair[1])).toList();
    }

    private static NameRule rule(String who, String whom) {
        return new NameRule(NamePattern.of(who), NamePattern.of(whom));
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

    boolean maySend(String namespace, String sender, boolean isToGroup, String target) {
        return sends.isEmpty()
                || sends.stream()
                        .anyMatch(rule ->
                                rule.isToGroup() == isToGroup && rule.names().allows(namespace, sender, target));
    }

    boolean mayShadow(String namespace, String watcher, String agent) {
        return shadows.stream().anyMatch(rule -> rule.allows(namespace, watcher, agent));
    }

    boolean mayJoin(String namespace, String agent, String group) {
        return joins.isEmpty() || joins.stream().anyMatch(rule -> rule.allows(namespace, agent, group));
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
