package dev.relay.cli.mcp;

import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@link McpProtocol} over HTTP ("streamable HTTP"), without the sockets: one JSON-RPC message a POST to {@value #PATH}, answered by one
 * JSON document. A request of the current revision repeats its revision, method and tool in headers, which must agree with its body; one of
 * an earlier revision belongs to a session of {@link McpSessions}. No streams are offered, so GET is 405. Any thread.
 */
public final class McpEndpoint {
    static final String PATH = "/mcp";
    private static final String VERSION = "MCP-Protocol-Version";
    private static final String SESSION = "Mcp-Session-Id";
    private static final Map<Integer, Integer> STATUS = Map.of(
            JsonRpc.PARSE_ERROR, 400,
            JsonRpc.INVALID_REQUEST, 400,
            JsonRpc.INVALID_PARAMS, 400,
            JsonRpc.HEADER_MISMATCH, 400,
            JsonRpc.UNSUPPORTED_VERSION, 400,
            JsonRpc.METHOD_NOT_FOUND, 404);

    /** Of a request; names in any case. */
    @FunctionalInterface
    interface Headers {
        List<String> all(String name);

        /** Null when there is none, or more than one. */
        default @Nullable String only(String name) {
            List<String> found = all(name);
            return found.size() == 1 ? found.get(0) : null;
        }
    }

    /** What is answered; an empty body for none. */
    record Answer(int status, Map<String, String> headers, String body) {
        static Answer json(int status, Map<String, ?> body) {
            return new Answer(status, Map.of(), Json.write(body));
        }

        static Answer empty(int status) {
            return new Answer(status, Map.of(), "");
        }

        /** An error that belongs to no request. */
        static Answer refused(int status, String why) {
            return json(status, JsonRpc.error(null, JsonRpc.INVALID_REQUEST, why));
        }

        Answer with(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Answer(status, more, body);
        }
    }

    private final McpProtocol protocol;
    private final McpGuard guard;
    private final McpSessions sessions;

    McpEndpoint(McpProtocol protocol, McpGuard guard, McpSessions sessions) {
        this.protocol = protocol;
        this.guard = guard;
        this.sessions = sessions;
    }

    /** {@code token}: of those who are this agent; {@code moreHosts}: names besides loopback under which it may be asked. */
    public static McpEndpoint of(McpTools tools, String version, String token, List<String> moreHosts) {
        return new McpEndpoint(
                new McpProtocol(tools, version), new McpGuard(token, moreHosts), new McpSessions(System::nanoTime));
    }

    Answer handle(String method, String path, Headers headers, byte[] body) {
        Answer refusal = guard.refusal(headers);
        if (refusal == null) {
            refusal = refusal(method, path, headers);
        }
        if (refusal != null) {
            return refusal;
        }
        return method.equals("DELETE") ? end(headers) : message(headers, body);
    }

    private static @Nullable Answer refusal(String method, String path, Headers headers) {
        if (!path.equals(PATH)) {
            return Answer.refused(404, "the endpoint is " + PATH);
        }
        if (method.equals("DELETE")) {
            return null;
        }
        if (!method.equals("POST")) {
            return Answer.refused(405, "POST messages; no stream is offered").with("Allow", "POST, DELETE");
        }
        if (!"application/json".equals(mediaType(headers.only("Content-Type")))) {
            return Answer.refused(415, "Content-Type must be application/json");
        }
        String accept = String.join(",", headers.all("Accept")).toLowerCase(Locale.ROOT);
        return accept.contains("application/json") || accept.contains("*/*")
                ? null
                : Answer.refused(406, "Accept must list application/json and text/event-stream");
    }

    private static @Nullable String mediaType(@Nullable String contentType) {
        return contentType == null ? null : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    private Answer message(Headers headers, byte[] body) {
        Map<String, @Nullable Object> message;
        try {
            message = McpProtocol.parameters(Json.parse(body));
        } catch (JsonException e) {
            return Answer.json(400, JsonRpc.error(null, JsonRpc.PARSE_ERROR, "not JSON: " + e.getMessage()));
        }
        if (!(message.get("method") instanceof String method)) {
            return Answer.refused(400, "the body is one request or notification");
        }
        List<String> versions = headers.all(VERSION);
        boolean isEarlier = versions.isEmpty() || McpProtocol.WITH_HANDSHAKE.containsAll(versions);
        return isEarlier && McpProtocol.revisionOf(message) == null
                ? inSession(message, method, headers)
                : current(message, method, headers);
    }

    // ---- the current revision

    private Answer current(Map<String, @Nullable Object> message, String method, Headers headers) {
        Object id = message.get("id");
        Object revision = McpProtocol.revisionOf(message);
        String version = Objects.requireNonNullElse(headers.only(VERSION), "");
        boolean isSpoken = version.equals(McpProtocol.CURRENT);
        if (!message.containsKey("id")) {
            return isSpoken ? Answer.empty(202) : withStatus(McpProtocol.unsupported(null, version));
        }
        if (revision == null && isSpoken) {
            return withStatus(JsonRpc.error(id, JsonRpc.INVALID_PARAMS, "_meta says no protocolVersion"));
        }
        if (revision == null) {
            return withStatus(McpProtocol.unsupported(id, version));
        }
        String mismatch = mismatch(message, method, revision, headers);
        return withStatus(
                mismatch != null
                        ? JsonRpc.error(id, JsonRpc.HEADER_MISMATCH, "Header mismatch: " + mismatch)
                        : Objects.requireNonNull(protocol.answer(message)));
    }

    /** What others on the way read in the headers is what is done. */
    private static @Nullable String mismatch(
            Map<String, @Nullable Object> message, String method, Object revision, Headers headers) {
        if (!revision.equals(headers.only(VERSION))) {
            return VERSION + " is not the revision of the body";
        }
        if (!method.equals(headers.only("Mcp-Method"))) {
            return "Mcp-Method is not the method of the body";
        }
        boolean isNamed = !method.equals("tools/call")
                || Objects.equals(
                        McpProtocol.parameters(message.get("params")).get("name"), decoded(headers.only("Mcp-Name")));
        return isNamed ? null : "Mcp-Name is not the name of the body";
    }

    /** A value that no header can hold comes as {@code =?base64?…?=}. */
    private static @Nullable String decoded(@Nullable String value) {
        if (value == null || !value.startsWith("=?base64?") || !value.endsWith("?=")) {
            return value;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(value.substring(9, value.length() - 2));
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static Answer withStatus(Map<String, @Nullable Object> answer) {
        return Answer.json(STATUS.getOrDefault(JsonRpc.errorOf(answer), 200), answer);
    }

    // ---- earlier revisions

    private Answer inSession(Map<String, @Nullable Object> message, String method, Headers headers) {
        if (method.equals("initialize") && message.containsKey("id")) {
            return begin(message);
        }
        String id = headers.only(SESSION);
        if (id == null) {
            return Answer.refused(400, "begin with initialize, and send " + SESSION + " from then on");
        }
        String version = sessions.use(id);
        if (version == null) {
            return Answer.refused(404, "no such session; begin with initialize");
        }
        if (!headers.all(VERSION).stream().allMatch(version::equals)) {
            return Answer.refused(400, VERSION + " of this session is " + version);
        }
        Map<String, @Nullable Object> answer = protocol.answer(message);
        return answer == null ? Answer.empty(202) : Answer.json(200, answer);
    }

    private Answer begin(Map<String, @Nullable Object> message) {
        Map<String, @Nullable Object> answer = Objects.requireNonNull(protocol.answer(message));
        if (!(answer.get("result") instanceof Map<?, ?> result)) {
            return Answer.json(400, answer);
        }
        String id = sessions.open(String.valueOf(result.get("protocolVersion")));
        return id == null
                ? Answer.refused(503, "at most " + McpSessions.MAX_SESSIONS + " sessions; end one by DELETE")
                        .with("Retry-After", "60")
                : Answer.json(200, answer).with(SESSION, id);
    }

    private Answer end(Headers headers) {
        String id = headers.only(SESSION);
        if (id == null) {
            return Answer.refused(400, "which session? send " + SESSION);
        }
        return sessions.end(id) ? Answer.empty(204) : Answer.refused(404, "no such session");
    }
}
