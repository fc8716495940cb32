package dev.relay.sidecar.admin;

import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Something that an operator can do over HTTP. Called on the admin thread; returns at once. */
public interface AdminAct {
    CompletableFuture<Map<String, Object>> run();
}
