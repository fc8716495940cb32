package dev.relay.daemon.admin;

import dev.relay.daemon.admin.AdminPages.Page;
import dev.relay.protocol.Json;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the web console asks for: its files, {@code /agents}, {@code /lanes}, and with the admin token {@code /messages/ID}, {@code /config}
 * and {@code /trading/…} of the sidecar. Called by the admin thread.
 */
final class ConsolePages {
    private static final String MESSAGE = "/messages/";
    private final CoreView core;
    private final ConsoleFiles files = new ConsoleFiles();
    private final SidecarProxy sidecar;
    private final Page configuration;

    ConsolePages(CoreView core, ConsoleContext context) {
        this.core = core;
        this.sidecar = new SidecarProxy(context.sidecarDirectory());
        this.configuration = new Page(200, AdminPages.JSON, Json.write(context.configuration()));
    }

    /** Null when the path is none of these. */
    @Nullable
    CompletableFuture<Page> get(String path, Map<String, List<String>> query, boolean isOperator) {
        Page file = files.get(path);
        if (file != null) {
            return CompletableFuture.completedFuture(file);
        }
        return switch (path) {
            case "/agents" -> run("agents", Map.of());
            case "/lanes" -> run("lane.ls", Map.of());
            case "/config" -> isOperator ? CompletableFuture.completedFuture(configuration) : forOperators();
            default -> behindToken(path, query, isOperator);
        };
    }

    private @Nullable CompletableFuture<Page> behindToken(
            String path, Map<String, List<String>> query, boolean isOperator) {
        boolean isTrace = path.startsWith(MESSAGE) && path.length() <= MESSAGE.length() + 40;
        if (!isTrace && !path.startsWith(SidecarProxy.PREFIX)) {
            return null;
        }
        if (!isOperator) {
            return forOperators();
        }
        return isTrace
                ? run("message.trace", Map.of("id", path.substring(MESSAGE.length())))
                : sidecar.get(path, query);
    }

    /** The caller is an operator. Null when the path is none of these. */
    @Nullable
    CompletableFuture<Page> post(String path) {
        return sidecar.post(path);
    }

    static CompletableFuture<Page> forOperators() {
        return Page.now(401, "for operators: send the admin token as Authorization: Bearer");
    }

    private CompletableFuture<Page> run(String op, Map<String, @Nullable Object> request) {
        return CorePages.run(core, op, request);
    }
}
