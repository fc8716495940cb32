package dev.relay.cli.mcp;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers of JSON-RPC 2.0, and the error codes that the Model Context Protocol gives a meaning. Stateless. */
final class JsonRpc {
    static final int PARSE_ERROR = -32_700;
    static final int INVALID_REQUEST = -32_600;
    static final int METHOD_NOT_FOUND = -32_601;
    static final int INVALID_PARAMS = -32_602;
    static final int HEADER_MISMATCH = -32_020;
    static final int UNSUPPORTED_VERSION = -32_022;

    static Map<String, @Nullable Object> result(@Nullable Object id, Map<String, ?> result) {
        return answer(id, "result", result);
    }

    static Map<String, @Nullable Object> error(@Nullable Object id, int code, String message) {
        return error(id, code, message, Map.of());
    }

    /** {@code data}: empty for none. */
    static Map<String, @Nullable Object> error(@Nullable Object id, int code, String message, Map<String, ?> data) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", (long) code);
        error.put("message", message);
        if (!data.isEmpty()) {
            error.put("data", data);
        }
        return answer(id, "error", error);
    }

    private static Map<String, @Nullable Object> answer(@Nullable Object id, String key, Map<String, ?> value) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("jsonrpc", "2.0");
        json.put("id", id);
        json.put(key, value);
        return json;
    }

    /** The code of an answer that is an error, else 0. */
    static int errorOf(Map<String, @Nullable Object> answer) {
        return answer.get("error") instanceof Map<?, ?> error && error.get("code") instanceof Long code
                ? code.intValue()
                : 0;
    }

    private JsonRpc() {}
}
