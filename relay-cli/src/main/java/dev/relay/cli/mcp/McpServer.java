package dev.relay.cli.mcp;

import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@link McpProtocol} on a pair of streams: one document a line, requests answered in their order. A line above {@value #MAX_LINE_BYTES}
 * bytes is read past and refused. Ends with the input. One thread.
 */
public final class McpServer {
    static final int MAX_LINE_BYTES = 1 << 20;

    private final McpProtocol protocol;

    public McpServer(McpTools tools, String version) {
        this.protocol = new McpProtocol(tools, version);
    }

    /** Answers until the input ends. */
    public void serve(InputStream in, PrintStream out) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        long length = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b != '\n') {
                length++;
                if (length <= MAX_LINE_BYTES) {
                    line.write(b);
                }
                continue;
            }
            answer(line, length, out);
            line.reset();
            length = 0;
        }
        answer(line, length, out);
    }

    private void answer(ByteArrayOutputStream line, long length, PrintStream out) {
        String text = line.toString(StandardCharsets.UTF_8).strip();
        Map<String, @Nullable Object> answer = null;
        if (length > MAX_LINE_BYTES) {
            answer = JsonRpc.error(null, JsonRpc.INVALID_REQUEST, "a line has at most " + MAX_LINE_BYTES + " bytes");
        } else if (!text.isEmpty()) {
            answer = answer(text);
        }
        if (answer != null) {
            out.println(Json.write(answer));
        }
    }

    private @Nullable Map<String, @Nullable Object> answer(String text) {
        try {
            return protocol.answer(Json.object(text));
        } catch (JsonException e) {
            return JsonRpc.error(null, JsonRpc.PARSE_ERROR, "not a JSON object: " + e.getMessage());
        }
    }
}
