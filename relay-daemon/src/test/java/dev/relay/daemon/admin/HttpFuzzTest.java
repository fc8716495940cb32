package dev.relay.daemon.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.access.AccessRules;
import dev.relay.daemon.access.Tokens;
import dev.relay.daemon.fuzz.Mutator;
import dev.relay.protocol.Clock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** F1: mutated HTTP requests. Nothing escapes the pipeline, and nothing is changed or shown without the token. */
class HttpFuzzTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final List<String> KNOWN = List.of(
            "GET /health HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
            "GET /dlq?limit=10&after=3&reason=EXPIRED HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n",
            "GET /dlq/7?offset=9 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer wrong\r\n\r\n",
            "POST /dlq/7/redrive HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer wrong\r\nContent-Length: 0\r\n\r\n",
            "POST /dlq/7/drop HTTP/1.1\r\nHost: [::1]:1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "GET /livez HTTP/1.0\r\nHost: localhost\r\nOrigin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n\r\n",
            "GET http://localhost/%2e%2e/%00 HTTP/1.1\r\nHost: localhost\r\nX:\tfolded\r\n more\r\n\r\n");

    private final List<String> operations = new ArrayList<>();

    @Test
    void F1_I47_shouldAnswerMutatedRequestsWithoutDoingAnythingForThem() {
        Mutator mutator = new Mutator(KNOWN.stream()
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1))
                .toList());
        CoreView seen = new CoreView(
                this::runOrStick,
                () -> {
                    throw new IllegalStateException("the core is stuck");
                },
                (who, op, request, answer) -> {
                    operations.add(op);
                    answer.ok(Map.of());
                },
                Clock.system());
        AdminPages pages = new AdminPages(seen, new Meters(), new Readiness());
        RequestGuard guard = new RequestGuard(new Access(0, AccessRules.open(), new Tokens(TOKEN, Map.of())));
        mutator.run(10, (number, random) -> {
            byte[] bytes = random.nextInt(20) == 0 ? mutator.known() : mutator.mutated();
            EmbeddedChannel channel =
                    new EmbeddedChannel(new HttpServerCodec(4_096, 8_192, 4_096), new AdminHandler(pages, guard));
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
            channel.checkException();
            for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
                out.release();
            }
            channel.finishAndReleaseAll();
            assertThat(operations)
                    .as(() -> new String(bytes, StandardCharsets.ISO_8859_1))
                    .doesNotContain("dlq.show", "dlq.redrive", "dlq.drop");
            operations.clear();
        });
    }

    /** Operations are run; the question for facts finds no answer. */
    private void runOrStick(Runnable task) {
        try {
            task.run();
        } catch (IllegalStateException stuck) {
            assertThat(stuck).hasMessage("the core is stuck");
        }
    }
}
