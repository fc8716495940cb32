package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.client.Relay;
import dev.relay.daemon.access.AccessRules;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.config.OwnUser;
import dev.relay.daemon.config.SecurityConfig;
import dev.relay.daemon.config.StartRefusedException;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * C1 of the test catalogue: who gets in, under which name, and what they may do (I45, I46, I48, I50). Foreign users are real ones where the
 * tests run as root.
 */
class AccessIT {
    private static final int FOREIGN = 65_534;
    private static final String TOKEN = "token-of-risk-0123456789";
    private static final String SAY_HELLO = """
            import socket,struct,sys
            s=socket.socket(socket.AF_UNIX); s.settimeout(5)
            try:
              s.connect(sys.argv[1])
              b=sys.argv[2].encode()
              try: s.sendall(struct.pack('<IBBBB',8+len(b),1,0,0,0)+b)
              except BrokenPipeError: pass # turned away before it spoke; the reason is there to be read
              n,t=struct.unpack('<IB',s.recv(5)); print(t, s.recv(n).decode('utf-8','replace'))
            except OSError as e: print('no', e)
            """;

    @TempDir
    Path dir = Path.of("");

    private @Nullable RelayDaemon daemon;

    @AfterEach
    void stop() {
        if (daemon != null) {
            daemon.close();
        }
    }

    private Path start(Path home, SecurityConfig security) {
        Path socket = home.resolve("run/relay.sock");
        daemon =
                RelayDaemon.start(DaemonConfig.of(socket, home.resolve("data")).with(security), NoFatal.FAILS_THE_TEST);
        return socket;
    }

    @Test
    void I45_shouldKeepSocketAndFilesPrivateUnderAnUmaskOfZero() throws IOException {
        Path socket = dir.resolve("run/relay.sock");
        try (DaemonProcess process = DaemonProcess.start(
                "umask 000; exec \"$@\"",
                dir.resolve("log"),
                Map.of(
                        "socket",
                        socket.toString(),
                        "data_dir",
                        dir.resolve("data").toString()))) {
            assertThat(process.isAlive()).isTrue();
            assertThat(mode(socket)).isEqualTo("rw-------");
            assertThat(mode(dir.resolve("run"))).isEqualTo("rwx------");
            assertThat(mode(dir.resolve("data"))).isEqualTo("rwx------");
            try (var files = Files.walk(dir.resolve("data"))) {
                assertThat(files.filter(Files::isRegularFile).toList())
                        .isNotEmpty()
                        .allSatisfy(
                                file -> assertThat(mode(file)).as("%s", file).isEqualTo("rw-------"));
            }
        }
    }

    @Test
    void I46_shouldTurnAForeignUserAwayBeforeHello() throws Exception {
        if (!isRoot("a foreign user at the socket")) {
            return;
        }
        Path home = openHome();
        Path socket = start(home, SecurityConfig.defaults());
        assertThat(helloAs(FOREIGN, socket, "spy", "")).startsWith("no").contains("denied");
        Files.setPosixFilePermissions(home.resolve("run"), PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(helloAs(FOREIGN, socket, "spy", "")).contains("UNAUTHORIZED").contains("user id " + FOREIGN);
    }

    @Test
    void I50_shouldLetAnAllowedUserInByGroupUnderItsOwnNamesOnly() throws Exception {
        if (!isRoot("an allowed user of a group")) {
            return;
        }
        Path home = openHome();
        Path tokens = secret(home.resolve("tokens"), "risk: " + TOKEN + "\n", "rw-------");
        Path socket = start(
                home, new SecurityConfig(Set.of(FOREIGN), Integer.toString(FOREIGN), tokens, 0, AccessRules.open()));
        assertThat(mode(socket)).isEqualTo("rw-rw----");
        assertThat(mode(home.resolve("run"))).isEqualTo("rwxr-x---");
        try (RawClient risk = RawClient.agent(socket, "risk")) {
            assertThat(risk.isAlive()).isTrue();
        }
        assertThat(helloAs(FOREIGN, socket, "scout", "")).contains("\"epoch\"");
        assertThat(helloAs(FOREIGN, socket, "risk", "")).contains("UNAUTHORIZED", "belongs to another user");
        assertThat(helloAs(FOREIGN, socket, "risk", "wrong-token-wrong-token")).contains("UNAUTHORIZED");
        assertThat(helloAs(FOREIGN, socket, "risk", TOKEN)).contains("\"epoch\"");
        try (RawClient ours = new RawClient(socket)) {
            assertThat(ours.hello(Map.of("name", "scout")).json()).containsEntry("code", "UNAUTHORIZED");
        }
    }

    @Test
    void I48_shouldRefuseASecretsFileThatOthersCanReadOrThatIsALink() throws IOException {
        Path open = secret(dir.resolve("open"), "risk: " + TOKEN + "\n", "rw-r--r--");
        assertRefused(open, "chmod 600");
        Path link = Files.createSymbolicLink(dir.resolve("link"), secret(dir.resolve("t"), "a: b", "rw-------"));
        assertRefused(link, "is not a regular file");
        assertRefused(secret(dir.resolve("short"), "risk: short\n", "rw-------"), "line 1: a token has at least");
        assertRefused(secret(dir.resolve("bad"), "\nRISK: " + TOKEN + "\n", "rw-------"), "line 2: expected");
    }

    @Test
    void I48_shouldMakeAnAdminTokenOfItsOwn() throws IOException {
        start(dir, SecurityConfig.defaults());
        Path token = dir.resolve("data/admin.token");
        assertThat(mode(token)).isEqualTo("rw-------");
        assertThat(Files.readString(token).strip()).matches("[0-9a-f]{64}");
    }

    @Test
    void I47_shouldServeClientsOfTheSdkOverLoopbackTcp() throws Exception {
        int port = freePort();
        Path tokens = secret(dir.resolve("tokens"), "bridge: " + TOKEN + "\n", "rw-------");
        Path socket = start(dir, new SecurityConfig(Set.of(), "", tokens, port, AccessRules.open()));
        try (Relay bridge = Relay.builder("bridge").loopback(port).auth(TOKEN).connect();
                Relay local = Relay.builder("local").socket(socket).connect()) {
            bridge.onRequest("question", message -> Map.of("answer", 42L)).start();
            assertThat(local.request("bridge", "question", Map.of(), Duration.ofSeconds(10))
                            .json())
                    .containsEntry("answer", 42L);
            assertThat(bridge.send("bridge", "note", Map.of())
                            .result(Duration.ofSeconds(10))
                            .by())
                    .isNotNull();
        }
    }

    @Test
    void I47_shouldServeLoopbackTcpToThoseWithATokenOnly() throws IOException {
        int port = freePort();
        Path tokens = secret(dir.resolve("tokens"), "bridge: " + TOKEN + "\n", "rw-------");
        Path socket = start(dir, new SecurityConfig(Set.of(), "", tokens, port, AccessRules.open()));
        InetSocketAddress tcp = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        for (Map<String, Object> hello : List.<Map<String, Object>>of(
                Map.of("name", "bridge"),
                Map.of("name", "bridge", "auth", TOKEN + "x"),
                Map.of("name", "other", "auth", TOKEN))) {
            try (RawClient client = new RawClient(tcp)) {
                assertThat(client.hello(hello).json()).as("%s", hello).containsEntry("code", "UNAUTHORIZED");
                client.awaitEnd();
            }
        }
        try (RawClient bridge = new RawClient(tcp);
                RawClient local = RawClient.agent(socket, "local")) {
            bridge.welcome(bridge.hello(Map.of("name", "bridge", "auth", TOKEN)));
            bridge.credit(10);
            local.bind(1, "bridge");
            local.message(1, 1, 0, "over tcp");
            assertThat(bridge.await(FrameType.DELIVER).payload()).isEqualTo("over tcp");
        }
    }

    @Test
    void shouldRefuseSendsAndTopicsThatTheListsDoNotAllow() throws IOException {
        Path socket = start(
                dir,
                new SecurityConfig(
                        Set.of(), "", null, 0, AccessRules.parse("strategy-* -> orders", "strategy-* -> md.>", "")));
        try (RawClient orders = RawClient.agent(socket, "orders");
                RawClient strategy = RawClient.agent(socket, "strategy-1");
                RawClient scanner = RawClient.agent(socket, "scanner")) {
            orders.credit(10);
            strategy.bind(1, "orders");
            strategy.message(1, 1, 0, "buy");
            assertThat(orders.await(FrameType.DELIVER).payload()).isEqualTo("buy");
            strategy.bind(2, "scanner");
            strategy.message(2, 1, 0, "psst");
            assertThat(refusal(strategy)).isEqualTo(ErrorCode.UNAUTHORIZED.number());
            scanner.bind(1, "orders");
            scanner.message(1, 1, 0, "buy");
            assertThat(refusal(scanner)).isEqualTo(ErrorCode.UNAUTHORIZED.number());
            publish(scanner, 2, "md.btc");
            assertThat(refusal(scanner)).isEqualTo(ErrorCode.UNAUTHORIZED.number());
            publish(strategy, 3, "md.btc");
            strategy.await(FrameType.MATCHED);
            assertThat(scanner.isAlive()).isTrue();
        }
    }

    @Test
    void I50_shouldRefuseTheCommandsOfOthersThanOperatorsAlsoWhenTheySayThatTheySentThemBefore() throws IOException {
        Path socket = start(dir, new SecurityConfig(Set.of(), "", null, 0, AccessRules.parse("", "", "boss")));
        try (RawClient supervisor = RawClient.agent(socket, "supervisor");
                RawClient boss = RawClient.agent(socket, "boss");
                RawClient other = RawClient.agent(socket, "other")) {
            supervisor.credit(10);
            command(other, 1, 0);
            assertThat(refusal(other)).isEqualTo(ErrorCode.UNAUTHORIZED.number());
            command(other, 2, Flags.RESENT);
            assertThat(refusal(other)).isEqualTo(ErrorCode.UNAUTHORIZED.number());
            command(boss, 1, 0);
            assertThat(supervisor.await(FrameType.DELIVER).payload()).isEqualTo("{}");
        }
    }

    private static void command(RawClient client, int handle, int flags) {
        client.bind(handle, "supervisor");
        client.control(FrameType.KIND, Map.of("handle", handle, "kind", "relay.command"));
        client.message(handle, handle, 1, flags, new byte[0], "{}");
    }

    private static int refusal(RawClient client) {
        return Frames.refusedCode(client.await(FrameType.REFUSED).b(), 0);
    }

    private static void publish(RawClient client, int handle, String topic) {
        client.control(
                FrameType.BIND,
                Map.of("handle", handle, "target_kind", "topics", "target", "", "class", "message", "resolved_to", 0));
        client.await(FrameType.BOUND);
        byte[] block = new HeaderBlock.Builder().put(HeaderKey.TOPIC, topic).build();
        client.message(handle, 1, block, "tick");
    }

    private void assertRefused(Path tokens, String why) {
        SecurityConfig security = new SecurityConfig(Set.of(), "", tokens, 0, AccessRules.open());
        assertThatThrownBy(() -> start(dir, security))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining(why)
                .hasMessageNotContaining(TOKEN);
    }

    /** True as root; else says what was not run. */
    private static boolean isRoot(String what) {
        if (OwnUser.uid() != 0) {
            System.out.println("not root: " + what + " was not run");
        }
        return OwnUser.uid() == 0;
    }

    /** A directory that every user may pass through, unlike the test's own. */
    private Path openHome() throws IOException {
        Path home = Files.createDirectory(dir.resolve("home"));
        for (Path up = home; up != null && !up.equals(dir.getParent()); up = up.getParent()) {
            Files.setPosixFilePermissions(up, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return home;
    }

    /** Says HELLO as another user; the type and text of the answer, or why there was none. */
    private static String helloAs(int uid, Path socket, String name, String auth) throws Exception {
        String hello = "{\"proto\":[1,1],\"name\":\"" + name + "\""
                + (auth.isEmpty() ? "" : ",\"auth\":\"" + auth + "\"") + "}";
        Process process = new ProcessBuilder(
                        "setpriv",
                        "--reuid=" + uid,
                        "--regid=" + uid,
                        "--clear-groups",
                        "/usr/bin/python3",
                        "-c",
                        SAY_HELLO,
                        socket.toString(),
                        hello)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return said;
    }

    private static Path secret(Path file, String text, String mode) throws IOException {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static String mode(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return any.getLocalPort();
        }
    }
}
