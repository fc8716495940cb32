package dev.relay.sidecar.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.net.RawServer.Sent;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** X2: the WebSocket standard's cases against the sidecar's client, from a server that writes raw bytes. */
class WsClientCasesIT {
    private static final MultiThreadIoEventLoopGroup GROUP = EventLoops.single("ws-cases");
    private static final WsConfig CONFIG = new WsConfig(2_000, 10_000, 20_000, WsCase.MAX_BYTES, 1 << 20);

    static Stream<WsCase> cases() {
        return WsCase.all().stream();
    }

    @AfterAll
    static void stop() {
        GROUP.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void X2_shouldDoWhatTheStandardSays(WsCase test) throws Exception {
        List<String> messages = new CopyOnWriteArrayList<>();
        CompletableFuture<CloseReason> closed = new CompletableFuture<>();
        LinkListener listener = new LinkListener() {
            @Override
            public void onOpen(Link link) {}

            @Override
            public void onText(byte[] bytes, int length) {
                messages.add(new String(bytes, 0, length, StandardCharsets.UTF_8));
            }

            @Override
            public void onClosed(CloseReason reason) {
                closed.complete(reason);
            }
        };
        try (RawServer server = new RawServer(test)) {
            WsConfig config = test.isCompressionOffered() ? CONFIG.withCompression() : CONFIG;
            Link link = new WsTransport(GROUP.next()).open(server.uri(), config, listener);
            CloseReason reason = closed.get(10, TimeUnit.SECONDS);
            link.close();
            assertThat(messages).isEqualTo(test.messages());
            assertThat(reason.kind()).as(reason.toString()).isEqualTo(test.ends());
            if (test.ends() == CloseReason.Kind.PEER_CLOSED) {
                assertThat(reason.code()).isEqualTo(test.endCode());
            }
            judgeSent(test, server.sent());
        }
    }

    private static void judgeSent(WsCase test, List<Sent> sent) {
        List<Sent> frames = sent.stream().filter(frame -> frame.opcode() >= 0).toList();
        assertThat(frames).allMatch(Sent::isMasked);
        List<String> pongs = frames.stream()
                .filter(frame -> frame.opcode() == 10)
                .map(frame -> new String(frame.payload(), StandardCharsets.UTF_8))
                .toList();
        assertThat(pongs).isEqualTo(test.pongs());
        if (test.closeCode() != 0) {
            assertThat(frames.stream()
                            .filter(frame -> frame.opcode() == 8)
                            .map(Sent::closeCode)
                            .toList())
                    .containsExactly(test.closeCode());
        }
    }
}
