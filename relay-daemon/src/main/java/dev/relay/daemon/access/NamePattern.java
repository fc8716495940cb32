package dev.relay.daemon.access;

import dev.relay.protocol.Names;

/**
 * Agents by name: {@code orders}, {@code strategy-*}, {@code *}, each optionally of one namespace, {@code paper/orders}. Without a
 * namespace it means the name in every one.
 *
 * @param namespace "" for all
 * @param prefix the name, or what it begins with
 * @param isPrefix true when a star followed
 */
public record NamePattern(String namespace, String prefix, boolean isPrefix) {
    /** Reads the text; an {@link IllegalArgumentException} says what is wrong with it. */
    static NamePattern of(String text) {
        int slash = text.indexOf('/');
        String namespace = slash < 0 ? "" : text.substring(0, slash);
        String name = text.substring(slash + 1);
        boolean isPrefix = name.endsWith("*");
        String prefix = isPrefix ? name.substring(0, name.length() - 1) : name;
        boolean isLegal = Names.isName(isPrefix && prefix.isEmpty() ? "any" : prefix);
        if (!isLegal || (slash >= 0 && !Names.isName(namespace))) {
            throw new IllegalArgumentException(
                    "not a name or a name's beginning with *: " + text.replaceAll("\\p{Cntrl}", "?"));
        }
        return new NamePattern(namespace, prefix, isPrefix);
    }

    boolean matches(String ofNamespace, String name) {
        return (namespace.isEmpty() || namespace.equals(ofNamespace))
                && (isPrefix ? name.startsWith(prefix) : name.equals(prefix));
    }
}
