package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** C4: canaries in every place where a secret can be, looked for in every place where it may not be. The daemon logs at DEBUG. */
class SecretsIT {
    private static final String NAME_TOKEN = "canary-name-token-7f3a";
    private static final String WRONG_TOKEN = "canary-wrong-token-1c2d";
    private static final String PAYLOAD = "canary-payload-9b8e";
    private static final String HEADER = "canary-http-header-5d4c";

    @TempDir
    Path dir = Path.of("");

    @Test
    void I48_shouldShowNoSecretInLogMetricsListingsOrErrors() throws IOException, InterruptedException {
        Path socket = dir.resolve("run/relay.sock");
        Path tokens = Files.writeString(dir.resolve("tokens"), "risk: " + NAME_TOKEN + "\n");
        Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-------"));
        Map<String, String> settings = Map.of(
                "socket", socket.toString(),
                "data_dir", dir.resolve("data").toString(),
                "tokens_file", tokens.toString(),
                "admin_port", "0");
        StringBuilder shown = new StringBuilder();
        try (DaemonProcess process = DaemonProcess.start("exec \"$@\"", dir.resolve("log"), settings)) {
            String adminToken =
                    Files.readString(dir.resolve("data/admin.token")).strip();
            try (RawClient risk = hello(socket, NAME_TOKEN, FrameType.WELCOME, shown);
                    RawClient sender = RawClient.agent(socket, "sender");
                    RawClient intruder = hello(socket, WRONG_TOKEN, FrameType.ERROR, shown)) {
                intruder.awaitEnd();
                kill(sender, risk);
                for (String op : List.of("dlq.ls", "dlq.stats", "agents", "status", "health")) {
                    sender.control(FrameType.CONTROL, Map.of("ref", 1, "op", op));
                    shown.append(sender.await(FrameType.CONTROL_REPLY));
                }
                int port = adminPort(process);
                for (String page :
                        List.of("/dlq", "/dlq/1", "/dlq/stats", "/metrics", "/health", "/status", "/nothing")) {
                    shown.append(get(port, page));
                }
            }
            shown.append(process.log());
            shown.append(Files.readString(Path.of("/proc/" + process.pid() + "/cmdline")));
            assertThat(shown.toString())
                    .contains("REFUSED_BY_HANDLER")
                    .doesNotContain(NAME_TOKEN, WRONG_TOKEN, PAYLOAD, HEADER, adminToken);
        }
    }

    private static RawClient hello(Path socket, String token, int expected, StringBuilder shown) throws IOException {
        RawClient client = new RawClient(socket);
        Frame answer = client.hello(Map.of("name", "risk", "auth", token));
        assertThat(answer.type()).as("%s", answer).isEqualTo(expected);
        if (expected == FrameType.WELCOME) {
            client.welcome(answer);
        }
        shown.append(answer);
        return client;
    }

    private static void kill(RawClient sender, RawClient recipient) {
        recipient.credit(10);
        sender.bind(1, "risk");
        sender.message(1, 1, Flags.WANT_RESULT, PAYLOAD);
        Frame delivered = recipient.await(FrameType.DELIVER);
        recipient.refuse(delivered);
        sender.await(FrameType.RESULT);
    }

    private static int adminPort(DaemonProcess process) {
        Matcher port = Pattern.compile("admin_port=([1-9][0-9]*)").matcher(process.log());
        assertThat(port.find()).isTrue();
        return Integer.parseInt(port.group(1));
    }

    private static String get(int port, String page) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + page))
                .header("Authorization", "Bearer " + (page.equals("/dlq/1") ? HEADER : ""))
                .header("X-Secret", HEADER)
                .build();
        HttpRequest plain = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + page))
                .header("X-Secret", HEADER)
                .build();
        HttpClient client = HttpClient.newHttpClient();
        return client.send(request, HttpResponse.BodyHandlers.ofString()).body()
                + client.send(plain, HttpResponse.BodyHandlers.ofString()).body();
    }
}
