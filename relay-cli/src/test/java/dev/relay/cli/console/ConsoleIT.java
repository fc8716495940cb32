package dev.relay.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.relay.cli.Main;
import dev.relay.client.HandlerOptions;
import dev.relay.client.RefuseMessage;
import dev.relay.client.Relay;
import dev.relay.client.RelayDeadLettered;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code relay up} of a whole floor, the console in a real Chromium over it, {@code relay down}. {@code -Drelay.screenshots=DIR} writes the pictures of the documentation.
 */
final class ConsoleIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    private final List<String> taken = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean isMended;

    @Test
    void shouldBringAFloorUpWorkItInTheBrowserAndTakeItDown() throws Exception {
        Path run = dir.resolve("run");
        Map<String, String> parts = up(run);
        List<Long> pids = pids(run);
        try (Relay worker = worker(run)) {
            assertThat(worker).isNotNull();
            killTwoMessages(run);
            up(run);
            assertThat(pids(run)).as("what runs already is left as it is").isEqualTo(pids);
            Path chromium = Chromium.installed();
            if (chromium == null) {
                System.out.println("chromium absent: the flows of the console in a browser were not run");
            } else {
                try (Chromium browser = new Chromium(chromium, dir.resolve("profile"))) {
                    flows(browser, Objects.requireNonNull(parts.get("admin")), run);
                    assertThat(browser.troubles()).isEmpty();
                }
            }
        } finally {
            down(run);
        }
        assertThat(pids)
                .hasSize(3)
                .allMatch(pid ->
                        ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
        assertThat(run.resolve("daemon.pid")).doesNotExist();
        assertThat(run.resolve("sidecar-admin.json")).doesNotExist();
    }

    private void flows(Chromium browser, String admin, Path run) throws Exception {
        String token = Files.readString(dir.resolve("data/daemon/admin.token")).strip();
        browser.open(admin + "/");
        overview(browser, run);
        comesBack(browser, admin);
        agents(browser);
        deadLetters(browser, token);
        messages(browser);
        books(browser);
        killSwitch(browser, run);
        configuration(browser, run);
        traffic(browser, run);
        browser.darkMode(true);
        browser.until("getComputedStyle(document.body).backgroundColor === 'rgb(20, 23, 27)'");
        screenshot(browser, "console-dark");
    }

    private static Object score(Path run) {
        try (Relay asker =
                Relay.builder("asker").socket(run.resolve("relay.sock")).connect()) {
            return Objects.requireNonNull(asker.control("health", Map.of()).get("score"));
        }
    }

    private void overview(Chromium browser, Path run) throws Exception {
        browser.until("document.getElementById('live').textContent === 'live'");
        browser.until("document.querySelectorAll('#tiles .tile').length > 8");
        assertThat(browser.text("#tiles")).contains("sessions", "dead letters");
        assertThat(browser.text("#reasons")).contains("dead_letters");
        assertThat(browser.text("#health")).as("the same as everywhere").isEqualTo("health " + score(run));
        browser.until("/accepted [0-9]/.test(document.querySelector('.chart').textContent)");
    }

    /** As many pages more as there may be: the stream of this one ends, and the page is live again by itself. */
    private static void comesBack(Chromium browser, String admin) throws Exception {
        browser.value(
                "window.seen = []; new MutationObserver(() => window.seen.push(document.getElementById('live').textContent))"
                        + ".observe(document.getElementById('live'), { childList: true })");
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpRequest events =
                HttpRequest.newBuilder(URI.create(admin + "/events")).build();
        List<InputStream> pages = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            pages.add(
                    http.send(events, HttpResponse.BodyHandlers.ofInputStream()).body());
        }
        browser.until("window.seen.includes('not connected')");
        for (InputStream page : pages) {
            page.close();
        }
        browser.until("window.seen.indexOf('live', window.seen.indexOf('not connected')) > 0");
    }

    /** What the daemon does is seen a second later. */
    private void traffic(Chromium browser, Path run) throws Exception {
        browser.press("1");
        try (Relay sender =
                Relay.builder("sender").socket(run.resolve("relay.sock")).connect()) {
            for (int burst = 1; burst <= 4; burst++) {
                int messages = 5 * burst;
                browser.until(
                        "/accepted ([1-9]|0[.][1-9])/.test(document.querySelector('.chart').textContent)"
                                + " && performance.now() > " + browser.value("performance.now()") + " + 1000",
                        () -> ticks(sender, messages));
            }
        }
        screenshot(browser, "console-overview");
    }

    private static void ticks(Relay sender, int messages) {
        for (int i = 0; i < messages; i++) {
            sender.sendAndWait("worker", "order", "tick " + i, PATIENCE);
        }
    }

    private void agents(Chromium browser) throws Exception {
        browser.press("2");
        browser.until("document.querySelector('#agents tr[data-key=worker]')");
        assertThat(browser.text("#agents tr[data-key=worker]")).contains("on", "java");
        assertThat(browser.text("#agents thead")).contains("health", "rate/s", "lag ms", "p99 ms");
        browser.until(
                "document.querySelector('#agents tr[data-key=worker]').children[[...document.querySelectorAll('#agents th')]"
                        + ".findIndex((th) => th.textContent === 'rate/s')].textContent !== '–'");
        keepsTheFocus(browser);
        browser.type("input[type=search]", "side");
        browser.until("!document.querySelector('#agents tr[data-key=worker]')");
        browser.until("document.querySelector('#agents tr[data-key=sidecar]')");
        screenshot(browser, "console-agents");
    }

    /** Rows are made anew each second; who works by keyboard stays where he is. */
    private static void keepsTheFocus(Chromium browser) throws Exception {
        browser.value("document.querySelector('#agents th button').focus()");
        browser.value("window.pictures = 0; new EventSource('/events').onmessage = () => { window.pictures++; }");
        browser.until("window.pictures > 1");
        assertThat(browser.value("document.activeElement === document.querySelector('#agents th button')"))
                .isEqualTo(true);
    }

    private void deadLetters(Chromium browser, String token) throws Exception {
        browser.click("a[data-page=deadletters]");
        browser.until("document.querySelectorAll('#dead-letters tr[data-key]').length === 2");
        isMended = true;
        browser.click("[data-pick='1']");
        browser.click("[data-pick='2']");
        browser.click("button[data-act=redrive][data-no='1']");
        unlock(browser, "not the token of this daemon");
        browser.until("document.getElementById('notice').textContent.includes('not the admin token')");
        assertThat(taken).isEmpty();
        browser.click("button[data-act=redrive][data-no='1']");
        unlock(browser, token);
        browser.until("document.querySelectorAll('#dead-letters tr[data-key]').length === 1");
        await().atMost(PATIENCE).until(() -> taken.contains("order 1"));
        assertThat(browser.value("document.querySelector(\"[data-pick='2']\").checked"))
                .as("what was chosen is still seen to be, after the list was read again")
                .isEqualTo(true);
        browser.click("button[data-act=peek][data-no='2']");
        browser.until("document.getElementById('peek-payload')?.textContent.includes('order 2')");
        screenshot(browser, "console-dead-letters");
        browser.value(
                "window.exported = null; const make = URL.createObjectURL;"
                        + " URL.createObjectURL = (blob) => { blob.text().then((text) => { window.exported = text; }); return make.call(URL, blob); }");
        browser.click("#export-chosen");
        browser.until("window.exported?.includes('\"no\":2,')");
        browser.click("button[data-act=drop][data-no='2']");
        browser.click("#sure-ok");
        browser.until("document.querySelectorAll('#dead-letters tr[data-key]').length === 0");
        assertThat(taken).doesNotContain("order 2");
    }

    private static void unlock(Chromium browser, String token) throws Exception {
        browser.until("document.getElementById('token').open");
        browser.type("#token-text", token);
        browser.enter();
    }

    private void messages(Chromium browser) throws Exception {
        browser.click("a[data-page=messages]");
        browser.type("#message-id", id);
        browser.click("#message-search");
        browser.until("document.querySelectorAll('#timeline li').length > 2");
        assertThat(browser.text("#timeline")).contains("accepted", "delivered", "sender → worker");
        screenshot(browser, "console-message");
    }

    private void books(Chromium browser) throws Exception {
        browser.click("a[data-page=books]");
        browser.until("document.querySelectorAll('#ladder tbody tr').length === 20");
        assertThat(browser.text("#books tr[data-key='BTC-USDT']")).contains("LIVE");
        browser.click("#books tr[data-key='ETH-USDT'] a");
        browser.until("document.getElementById('book-title').textContent.startsWith('ETH-USDT')");
        browser.until("document.querySelectorAll('#ladder tbody tr').length === 20");
        screenshot(browser, "console-books");
    }

    private void killSwitch(Chromium browser, Path run) throws Exception {
        browser.click("a[data-page=orders]");
        browser.until("document.getElementById('kill-state').textContent === 'off'");
        browser.click("#kill");
        browser.click("#sure-ok");
        browser.until("document.getElementById('kill-state').textContent.startsWith('ON')");
        try (Relay asker =
                Relay.builder("asker").socket(run.resolve("relay.sock")).connect()) {
            assertThat(limits(asker)).containsEntry("killed", true);
            browser.click("#release");
            browser.click("#sure-ok");
            browser.until("document.getElementById('kill-state').textContent === 'off'");
            assertThat(limits(asker)).containsEntry("killed", false);
        }
        browser.until("document.querySelector('#balances tr[data-key=USDT]')");
        screenshot(browser, "console-orders");
    }

    private static Map<String, @Nullable Object> limits(Relay asker) {
        return asker.request("sidecar", "orders.limits", Map.of(), Duration.ofSeconds(10))
                .json();
    }

    private static void configuration(Chromium browser, Path run) throws Exception {
        browser.click("a[data-page=config]");
        browser.until("document.getElementById('config').textContent.includes('relay.sock')");
        assertThat(browser.text("#config")).contains(run.toString(), "window_messages");
    }

    private static void screenshot(Chromium browser, String name) throws Exception {
        String pictures = System.getProperty("relay.screenshots", "");
        if (!pictures.isEmpty()) {
            browser.screenshot(Path.of(pictures, name + ".png"));
        }
    }

    private String id = "";

    private Relay worker(Path run) {
        Relay worker = Relay.builder("worker").socket(run.resolve("relay.sock")).connect();
        worker.on("*", HandlerOptions.ANY, message -> {
            if (!isMended) {
                throw new RefuseMessage("not today");
            }
            taken.add(message.text());
        });
        worker.start();
        return worker;
    }

    private void killTwoMessages(Path run) {
        try (Relay sender =
                Relay.builder("sender").socket(run.resolve("relay.sock")).connect()) {
            for (String text : List.of("order 1", "order 2")) {
                assertThatThrownBy(() -> sender.sendAndWait("worker", "order", text, Duration.ofSeconds(30)))
                        .isInstanceOf(RelayDeadLettered.class);
            }
            if (sender.control("dlq.ls", Map.of()).get("dead_letters") instanceof List<?> letters
                    && letters.get(0) instanceof Map<?, ?> first) {
                id = String.valueOf(first.get("id"));
            }
        }
    }

    /** The daemon's ready line. */
    private Map<String, String> up(Path run) throws IOException {
        Files.createDirectories(
                run, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        assertThat(command(
                        "up",
                        "--sidecar",
                        "--run-dir",
                        run.toString(),
                        "--data-dir",
                        dir.resolve("data") + "",
                        "--timeout",
                        "120s"))
                .isZero();
        Map<?, ?> ready = (Map<?, ?>) pidFile(run, "daemon").get("ready");
        return Map.of("admin", String.valueOf(Objects.requireNonNull(ready).get("admin")));
    }

    private static void down(Path run) {
        assertThat(command("down", "--run-dir", run.toString(), "--timeout", "60s"))
                .isZero();
    }

    private static int command(String... args) {
        return Main.execute(args);
    }

    private static List<Long> pids(Path run) throws IOException {
        List<Long> pids = new ArrayList<>();
        for (String part : List.of("daemon", "exchange", "sidecar")) {
            pids.add((Long) Objects.requireNonNull(pidFile(run, part).get("pid")));
        }
        return pids;
    }

    private static Map<String, ?> pidFile(Path run, String part) throws IOException {
        return Json.object(Files.readString(run.resolve(part + ".pid")));
    }
}
