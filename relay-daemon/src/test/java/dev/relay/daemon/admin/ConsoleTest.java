package dev.relay.daemon.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.protocol.Json;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The console's pages of a real daemon: files and their policy, event streams, what needs the token, what goes to the sidecar. */
class ConsoleTest {
    private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"]+)\"|from '\\./([^']+)'");

    @TempDir
    Path dir;

    private RelayDaemon daemon;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<String> asked = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() {
        daemon = RelayDaemon.start(DaemonConfig.of(dir.resolve("run/relay.sock"), dir.resolve("data")));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private HttpResponse<String> ask(String method, String path, boolean isOperator) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + daemon.adminPort() + path))
                .timeout(Duration.ofSeconds(20))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (isOperator) {
            request.header(
                    "Authorization",
                    "Bearer "
                            + Files.readString(dir.resolve("data/admin.token")).strip());
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void I47_shouldServeItsOwnFilesOnlyUnderAStrictPolicy() throws Exception {
        HttpResponse<String> index = ask("GET", "/", false);
        assertThat(index.statusCode()).isEqualTo(200);
        String policy = index.headers().firstValue("Content-Security-Policy").orElse("");
        assertThat(policy)
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'")
                .doesNotContain("unsafe", "*", "http");
        assertThat(index.body()).doesNotContain("onclick", "style=", "http:", "https:");
        List<String> found = new ArrayList<>(List.of("/"));
        for (int i = 0; i < found.size(); i++) {
            HttpResponse<String> file = ask("GET", found.get(i), false);
            assertThat(file.statusCode()).as(found.get(i)).isEqualTo(200);
            Matcher reference = REFERENCE.matcher(file.body());
            while (reference.find()) {
                String path = reference.group(1) != null ? reference.group(1) : "/console/" + reference.group(2);
                if (path.startsWith("/") && !found.contains(path)) {
                    found.add(path);
                }
            }
        }
        assertThat(found).contains("/console/app.js", "/console/console.css").hasSizeGreaterThan(12);
        assertThat(ask("GET", "/console/../admin.token", false).statusCode()).isEqualTo(404);
        assertThat(ask("GET", "/console/nothing.js", false).statusCode()).isEqualTo(404);
    }

    @Test
    void shouldStreamWhatTheDaemonIsLikeEverySecond() throws Exception {
        try (Socket socket = stream()) {
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            List<Map<String, ?>> pictures = new ArrayList<>();
            while (pictures.size() < 2) {
                String line = lines.readLine();
                if (line != null && line.startsWith("data: ")) {
                    pictures.add(Json.object(line.substring(6)));
                }
            }
            assertThat(pictures.get(1)).containsKeys("status", "health", "agents", "lanes");
            assertThat(String.valueOf(pictures.get(1).get("status"))).contains("store=READY", "counters={");
        }
    }

    @Test
    void I47_shouldKeepEightStreamsAndStillAnswer() throws Exception {
        List<Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < 12; i++) {
                open.add(stream());
            }
            assertThat(ask("GET", "/livez", false).statusCode()).isEqualTo(200);
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                int ended = 0;
                for (Socket socket : open) {
                    ended += hasEnded(socket) ? 1 : 0;
                }
                return ended == 12 - EventStreams.MAX_STREAMS;
            });
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    /** Reads what is there; a stream that lives has nothing more for a moment. */
    private static boolean hasEnded(Socket socket) throws Exception {
        socket.setSoTimeout(1);
        try {
            byte[] some = new byte[64 << 10];
            int read = socket.getInputStream().read(some);
            while (read > 0) {
                read = socket.getInputStream().read(some);
            }
            return true;
        } catch (SocketTimeoutException alive) {
            return false;
        }
    }

    private Socket stream() throws Exception {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), daemon.adminPort());
        socket.setSoTimeout(20_000);
        socket.getOutputStream()
                .write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void I47_shouldAskForTheTokenBeforeMessagesConfigurationAndAccounts() throws Exception {
        String message = "/messages/" + UUID.randomUUID();
        for (String path : List.of(message, "/config", "/trading/orders", "/trading/books")) {
            assertThat(ask("GET", path, false).statusCode()).as(path).isEqualTo(401);
        }
        assertThat(ask("POST", "/trading/kill", false).statusCode()).isEqualTo(401);
        assertThat(ask("GET", message, true).body()).isEqualTo("{\"events\":[]}");
        assertThat(ask("GET", "/messages/x", true).statusCode()).isEqualTo(400);
        assertThat(ask("GET", "/config", true).body()).contains("\"window_messages\":2000");
        assertThat(ask("GET", "/agents", false).body()).contains("\"total\":0");
        assertThat(ask("GET", "/lanes", false).body()).contains("\"lanes\":[]");
    }

    @Test
    void shouldPassTradingQuestionsOnToTheSidecarThatRuns() throws Exception {
        assertThat(ask("GET", "/trading/books", true).statusCode()).isEqualTo(503);
        HttpServer sidecar = sidecar();
        try {
            publish(sidecar.getAddress().getPort(), ownStartMs(), "rw-------");
            assertThat(ask("GET", "/trading/book?symbol=BTC-USDT&depth=5", true).body())
                    .isEqualTo("{\"ok\":true}");
            assertThat(ask("POST", "/trading/kill", true).statusCode()).isEqualTo(200);
            assertThat(asked)
                    .containsExactly(
                            "GET /trading/book?symbol=BTC-USDT&depth=5 Bearer sesame", "POST /kill Bearer sesame");
            assertThat(ask("GET", "/trading/book?symbol=%2e%2e/x", true).statusCode())
                    .isEqualTo(400);
            assertThat(ask("GET", "/trading/metrics", true).statusCode()).isEqualTo(404);
            assertThat(ask("POST", "/trading/shutdown", true).statusCode()).isEqualTo(404);
            assertThat(asked).hasSize(2);
        } finally {
            sidecar.stop(0);
        }
    }

    @Test
    void I48_shouldSendTheTokenToNoPortOfAProcessThatEndedNorByAnOpenFile() throws Exception {
        HttpServer thief = sidecar();
        try {
            publish(thief.getAddress().getPort(), 1, "rw-------");
            assertThat(ask("GET", "/trading/books", true).body()).contains("the sidecar has ended");
            publish(thief.getAddress().getPort(), ownStartMs(), "rw-r--r--");
            assertThat(ask("GET", "/trading/books", true).body()).contains("not a private file");
            assertThat(asked).isEmpty();
        } finally {
            thief.stop(0);
        }
    }

    private HttpServer sidecar() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4);
        server.createContext("/", exchange -> {
            try (exchange) {
                asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                        + exchange.getRequestHeaders().getFirst("Authorization"));
                byte[] body = "{\"ok\":true}".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        return server;
    }

    private void publish(int port, long startedAtMs, String rights) throws Exception {
        Path file = dir.resolve("run").resolve(SidecarProxy.FILE);
        Files.writeString(
                file,
                Json.write(Map.of(
                        "port",
                        port,
                        "pid",
                        ProcessHandle.current().pid(),
                        "started_at_ms",
                        startedAtMs,
                        "token",
                        "sesame")));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rights));
    }

    private static long ownStartMs() {
        return ProcessHandle.current()
                .info()
                .startInstant()
                .map(Instant::toEpochMilli)
                .orElseThrow();
    }
}
