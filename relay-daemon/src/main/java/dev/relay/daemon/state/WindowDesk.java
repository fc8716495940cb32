package dev.relay.daemon.state;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.Arguments;
import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Caller;
import dev.relay.daemon.routing.Desk;
import dev.relay.daemon.session.Agent;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Names;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Windows that all agents of a namespace share: the last values that were appended, for those who join. The oldest leave at a window's own
 * bounds, {@value #COUNT} values and {@value #BYTES} bytes unless {@code window.set} said otherwise (at most {@value #MAX_COUNT} and
 * {@value #MAX_BYTES}). At most {@value #MAX_WINDOWS} windows; a new one above is refused TOO_LARGE. In memory only: a restart of the
 * daemon empties them. Core thread only.
 */
public final class WindowDesk implements Desk {
    static final int COUNT = 1_000;
    static final int BYTES = 256 << 10;
    static final int MAX_COUNT = 10_000;
    static final int MAX_BYTES = 4 << 20;
    static final int MAX_WINDOWS = 64;
    private static final int MAX_VALUE_BYTES = 16 << 10;
    private static final int PAGE_BYTES = 40 << 10;

    private record Entry(
            long no, long atMs, String by, @Nullable Object value, int bytes) {}

    private static final class Window {
        final ArrayDeque<Entry> entries = new ArrayDeque<>();
        int maxCount = COUNT;
        int maxBytes = BYTES;
        int bytes;
        long lastNo;

        void trim() {
            while (entries.size() > maxCount || bytes > maxBytes) {
                bytes -= entries.removeFirst().bytes;
            }
        }
    }

    private final BusServices services;
    private final Map<String, Window> windows = new LinkedHashMap<>();

    public WindowDesk(BusServices services) {
        this.services = services;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "window.append" ->
                withWindow(caller, request, answer, window -> append(caller, window, request, answer));
            case "window.set" -> withWindow(caller, request, answer, window -> set(caller, window, request, answer));
            case "window.read" -> read(caller, request, answer);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static String key(Caller caller, Map<String, @Nullable Object> request) {
        return Agent.key(Arguments.namespace(caller, request), Arguments.text(request, "window", ""));
    }

    private interface WindowAction {
        void run(Window window);
    }

    private void withWindow(Caller caller, Map<String, @Nullable Object> request, Answer answer, WindowAction then) {
        String name = Arguments.text(request, "window", "");
        Window window = windows.get(key(caller, request));
        if (!Names.isTopic(name)) {
            answer.fail(ErrorCode.BAD_NAME, "windows are named as topics are: window=" + name);
        } else if (!services.mayPublish(caller.namespace(), caller.name(), name)) {
            answer.fail(ErrorCode.UNAUTHORIZED, "may not publish: window=" + name);
        } else if (window == null && windows.size() >= MAX_WINDOWS) {
            answer.fail(ErrorCode.TOO_LARGE, "there are windows=" + MAX_WINDOWS);
        } else {
            then.run(window == null ? new Window() : window);
        }
    }

    private void append(Caller caller, Window window, Map<String, @Nullable Object> request, Answer answer) {
        if (!(request.get("values") instanceof List<?> values)) {
            answer.fail(ErrorCode.BAD_REQUEST, "values is a list");
            return;
        }
        for (Object value : values) {
            int bytes = Arguments.bytes(value);
            if (bytes > Math.min(MAX_VALUE_BYTES, window.maxBytes)) {
                answer.fail(ErrorCode.TOO_LARGE, "a value has bytes=" + bytes + " limit=" + MAX_VALUE_BYTES);
                return;
            }
        }
        windows.put(key(caller, request), window);
        long atMs = services.clock().wallMs();
        for (Object value : values) {
            int bytes = Arguments.bytes(value);
            window.entries.addLast(new Entry(++window.lastNo, atMs, caller.name(), value, bytes));
            window.bytes += bytes;
        }
        window.trim();
        answer.ok(Map.of("no", window.lastNo));
    }

    private void set(Caller caller, Window window, Map<String, @Nullable Object> request, Answer answer) {
        long count = Arguments.number(request, "count", window.maxCount);
        long bytes = Arguments.number(request, "bytes", window.maxBytes);
        if (count < 1 || count > MAX_COUNT || bytes < 1 || bytes > MAX_BYTES) {
            answer.fail(
                    ErrorCode.BAD_REQUEST,
                    "count is 1 to " + MAX_COUNT + ", bytes 1 to " + MAX_BYTES + ": count=" + count + " bytes="
                            + bytes);
            return;
        }
        windows.put(key(caller, request), window);
        window.maxCount = (int) count;
        window.maxBytes = (int) bytes;
        window.trim();
        answer.ok(Map.of());
    }

    /** The values after a number, or the last ones, oldest first, as many as fit one frame. */
    private void read(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Window window = windows.get(key(caller, request));
        if (window == null) {
            answer.fail(ErrorCode.NOT_FOUND, "no such window: window=" + request.get("window"));
            return;
        }
        long last = Math.max(0, Arguments.number(request, "last", MAX_COUNT));
        long after = Math.max(Arguments.number(request, "after", 0), window.lastNo - last);
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        int bytes = 0;
        boolean more = false;
        for (Entry entry : window.entries) {
            if (entry.no <= after) {
                continue;
            }
            bytes += entry.bytes + 128;
            if (bytes > PAGE_BYTES) {
                more = true;
                break;
            }
            rows.add(row(entry));
        }
        answer.ok(Map.of("values", rows, "more", more, "last_no", window.lastNo));
    }

    private static Map<String, @Nullable Object> row(Entry entry) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("no", entry.no);
        row.put("at_ms", entry.atMs);
        row.put("by", entry.by);
        row.put("value", entry.value);
        return row;
    }
}
