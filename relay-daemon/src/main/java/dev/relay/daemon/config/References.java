package dev.relay.daemon.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code ${env:NAME}} and {@code ${file:PATH}} in the values of a configuration file: what is secret stands elsewhere. Stateless. */
public final class References {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]+)}");
    private static final int MAX_BYTES = 64 << 10;

    public static boolean isReference(String value) {
        return REFERENCE.matcher(value.strip()).matches();
    }

    /** The value with its references resolved; what cannot be resolved is told to {@code mistakes}, never its content. */
    public static String resolve(String value, Map<String, String> environment, Consumer<String> mistakes) {
        if (!value.contains("${")) {
            return value;
        }
        Matcher found = REFERENCE.matcher(value);
        StringBuilder resolved = new StringBuilder();
        while (found.find()) {
            String content = found.group(1).equals("env")
                    ? variable(found.group(2), environment, mistakes)
                    : file(found.group(2), mistakes);
            found.appendReplacement(resolved, Matcher.quoteReplacement(content));
        }
        return found.appendTail(resolved).toString();
    }

    private static String variable(String name, Map<String, String> environment, Consumer<String> mistakes) {
        String value = environment.get(name);
        if (value == null) {
            mistakes.accept("${env:" + name + "}: the environment has no " + name);
            return "";
        }
        return value;
    }

    private static String file(String path, Consumer<String> mistakes) {
        try {
            Path file = Path.of(path);
            if (Files.size(file) <= MAX_BYTES) {
                return Files.readString(file).strip();
            }
            mistakes.accept("${file:" + path + "}: larger than " + MAX_BYTES + " bytes");
        } catch (IOException | InvalidPathException e) {
            mistakes.accept(
                    "${file:" + path + "}: cannot be read (" + e.getClass().getSimpleName() + ")");
        }
        return "";
    }

    private References() {}
}
