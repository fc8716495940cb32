package dev.relay.daemon.admin;

import dev.relay.daemon.admin.AdminPages.Page;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The console's files, a fixed list read from the jar when the server starts. Nothing else can be asked for, so no path is ever joined. Immutable. */
final class ConsoleFiles {
    private static final String HTML = "text/html; charset=utf-8";
    private static final String CSS = "text/css; charset=utf-8";
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String ICON = "image/svg+xml";
    private static final List<String> NAMES = List.of(
            "index.html",
            "console.css",
            "icon.svg",
            "app.js",
            "api.js",
            "dom.js",
            "chart.js",
            "overview.js",
            "agents.js",
            "messages.js",
            "deadletters.js",
            "books.js",
            "orders.js",
            "config.js");

    private final Map<String, Page> files = new HashMap<>();

    ConsoleFiles() {
        for (String name : NAMES) {
            files.put("/console/" + name, new Page(200, typeOf(name), read(name)));
        }
        Page index = files.get("/console/index.html");
        if (index != null) {
            files.put("/", index);
        }
    }

    /** Null when there is no such file. */
    @Nullable
    Page get(String path) {
        return files.get(path);
    }

    private static String typeOf(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> HTML;
            case "css" -> CSS;
            case "svg" -> ICON;
            default -> SCRIPT;
        };
    }

    private static String read(String name) {
        try (InputStream in = ConsoleFiles.class.getResourceAsStream("/console/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the jar is not whole: console/" + name + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
