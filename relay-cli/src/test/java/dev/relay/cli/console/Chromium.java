package dev.relay.cli.console;

import static org.awaitility.Awaitility.await;

import dev.relay.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One page of a real headless Chromium, driven over its DevTools WebSocket. What the page throws, and what its security policy blocks, is kept in {@link #troubles}. */
final class Chromium implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");

    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final AtomicLong next = new AtomicLong();
    private final Map<Long, CompletableFuture<Map<String, ?>>> waiting = new ConcurrentHashMap<>();
    private final List<String> troubles = new CopyOnWriteArrayList<>();

    /** The installed program, or null. */
    static @Nullable Path installed() {
        for (String dir : Objects.requireNonNullElse(System.getenv("PATH"), "").split(":", -1)) {
            for (String name : NAMES) {
                if (Files.isExecutable(Path.of(dir, name))) {
                    return Path.of(dir, name);
                }
            }
        }
        return null;
    }

    Chromium(Path program, Path profile) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--no-first-run",
                "--hide-scrollbars",
                "--window-size=1200,800",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank");
        builder.environment().put("HOME", profile.toString());
        builder.redirectErrorStream(true);
        process = builder.start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        while (line != null && !line.startsWith("DevTools listening on ")) {
            line = out.readLine();
        }
        URI browser =
                URI.create(Objects.requireNonNull(line, "chromium ended").substring("DevTools listening on ".length()));
        Thread drain = new Thread(() -> drain(out), "chromium-out");
        drain.setDaemon(true);
        drain.start();
        socket = http.newWebSocketBuilder()
                .buildAsync(page(browser.getPort()), new Listener())
                .get(60, TimeUnit.SECONDS);
        for (String domain : List.of("Page", "Runtime", "Log")) {
            call(domain + ".enable", Map.of());
        }
    }

    /** Reads what nobody wants to know, so that chromium never waits for us. */
    private static void drain(BufferedReader out) {
        try {
            while (out.readLine() != null) {
                // on to the next
            }
        } catch (IOException e) {
            // chromium has ended
        }
    }

    private URI page(int port) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/new?about:blank"))
                .method("PUT", HttpRequest.BodyPublishers.noBody())
                .build();
        String answer = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        return URI.create(String.valueOf(Json.object(answer).get("webSocketDebuggerUrl")));
    }

    /** Everything that a person would see as an error in the browser's own console. */
    List<String> troubles() {
        return troubles;
    }

    void open(String address) throws Exception {
        call("Page.navigate", Map.of("url", address));
        until("document.readyState === 'complete' && location.href.startsWith('" + address + "')");
    }

    /** Waits until an expression of the page is true. */
    void until(String expression) {
        until(expression, () -> {});
    }

    /** The same, and does something before each look. */
    void until(String expression, Runnable meanwhile) {
        await(expression + " troubles=" + troubles)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    meanwhile.run();
                    return Boolean.TRUE.equals(value("!!(" + expression + ")"));
                });
    }

    /** Waits for an element and clicks it. */
    void click(String selector) throws Exception {
        until("document.querySelector(\"" + selector + "\")");
        value("document.querySelector(\"" + selector + "\").click()");
    }

    void type(String selector, String text) throws Exception {
        until("document.querySelector(\"" + selector + "\")");
        value("document.querySelector(\"" + selector + "\").focus()");
        call("Input.insertText", Map.of("text", text));
    }

    /** A key as the keyboard sends it. */
    void press(String key) throws Exception {
        call("Input.dispatchKeyEvent", Map.of("type", "keyDown", "key", key, "text", key));
        call("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key));
    }

    void enter() throws Exception {
        Map<String, Object> enter = Map.of("key", "Enter", "code", "Enter", "windowsVirtualKeyCode", 13);
        for (Map<String, String> half : List.of(Map.of("type", "keyDown", "text", "\r"), Map.of("type", "keyUp"))) {
            Map<String, Object> event = new LinkedHashMap<>(enter);
            event.putAll(half);
            call("Input.dispatchKeyEvent", event);
        }
    }

    String text(String selector) throws Exception {
        return String.valueOf(value("(document.querySelector(\"" + selector + "\") || {}).textContent"));
    }

    @Nullable
    Object value(String expression) throws Exception {
        Map<String, ?> answer =
                call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        return answer.get("result") instanceof Map<?, ?> result ? result.get("value") : null;
    }

    void darkMode(boolean isDark) throws Exception {
        call(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(Map.of("name", "prefers-color-scheme", "value", isDark ? "dark" : "light"))));
    }

    void screenshot(Path file) throws Exception {
        Map<String, ?> answer = call("Page.captureScreenshot", Map.of("format", "png"));
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.write(file, Base64.getDecoder().decode(String.valueOf(answer.get("data"))));
    }

    private Map<String, ?> call(String method, Map<String, ?> parameters) throws Exception {
        long id = next.incrementAndGet();
        CompletableFuture<Map<String, ?>> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("id", id);
        request.put("method", method);
        request.put("params", parameters);
        socket.sendText(Json.write(request), true).get(60, TimeUnit.SECONDS);
        return answer.get(60, TimeUnit.SECONDS);
    }

    private void take(String text) {
        Map<String, ?> message = Json.object(text);
        CompletableFuture<Map<String, ?>> answer = message.get("id") instanceof Long id ? waiting.remove(id) : null;
        if (answer != null) {
            answer.complete(message.get("result") instanceof Map<?, ?> result ? stringKeys(result) : Map.of());
        } else if ("Runtime.exceptionThrown".equals(message.get("method"))) {
            troubles.add(text);
        } else if ("Log.entryAdded".equals(message.get("method")) && text.contains("Content Security Policy")) {
            troubles.add(text);
        }
    }

    private static Map<String, ?> stringKeys(Map<?, ?> map) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), value));
        return copy;
    }

    /** Puts messages together that come in parts. */
    private final class Listener implements WebSocket.Listener {
        private final StringBuilder parts = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean isLast) {
            parts.append(data);
            if (isLast) {
                String whole = parts.toString();
                parts.setLength(0);
                take(whole);
            }
            from.request(1);
            return null;
        }
    }

    @Override
    public void close() {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }
}
