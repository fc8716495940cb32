package dev.relay.daemon.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads {@code relay.yaml}: a line per key, {@code key: value}, with comments and optional quotes, at the top or in the section
 * {@code daemon}. The sections of the other components are passed over; any other nesting, lists and anchors are refused with their line
 * number. At most 64 KiB.
 */
final class ConfigFile {
    static final int MAX_BYTES = 64 << 10;
    private static final String OURS = "daemon";
    private static final Set<String> OTHERS = Set.of("sidecar", "exchange", "log", "templates");

    private ConfigFile() {}

    static Map<String, String> read(Path file, Mistakes mistakes) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                mistakes.add("config=" + file + ": larger than " + MAX_BYTES + " bytes");
                return Map.of();
            }
            return parse(file, Files.readAllLines(file, StandardCharsets.UTF_8), mistakes);
        } catch (IOException e) {
            mistakes.add("config=" + file + ": cannot be read (" + e + ")");
            return Map.of();
        }
    }

    static Map<String, String> parse(Path file, List<String> lines, Mistakes mistakes) {
        Map<String, String> values = new LinkedHashMap<>();
        String section = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.strip().startsWith("#") || line.strip().equals("---")) {
                continue;
            }
            boolean isIndented = Character.isWhitespace(line.charAt(0));
            int colon = line.indexOf(':');
            if (isIndented && OTHERS.contains(section)) {
                continue;
            }
            if (colon <= 0 || line.charAt(0) == '-' || (isIndented && !section.equals(OURS))) {
                mistakes.add(file + " line " + (i + 1) + ": expected `key: value` at the start of the line");
                continue;
            }
            String key = line.substring(0, colon).strip();
            String value = value(line.substring(colon + 1).strip());
            section = isIndented ? section : key;
            if (value.isEmpty() && (key.equals(OURS) || OTHERS.contains(key))) {
                continue;
            }
            if (values.put(key, value) != null) {
                mistakes.add(file + " line " + (i + 1) + ": " + key + " is given twice");
            }
        }
        return values;
    }

    private static String value(String text) {
        if (text.length() > 1 && (text.charAt(0) == '"' || text.charAt(0) == '\'')) {
            int end = text.indexOf(text.charAt(0), 1);
            return end > 0 ? text.substring(1, end) : text;
        }
        int comment = text.startsWith("#") ? 0 : text.indexOf(" #");
        return comment < 0 ? text : text.substring(0, comment).strip();
    }
}
