package dev.relay.sidecar.admin;

import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Something that an operator can read over HTTP. Called on an admin thread; may wait for Redis within its time limit, for nothing else. */
public interface AdminRead {
    /** {@code query}: the first value of each parameter. */
    CompletableFuture<Map<String, Object>> read(Map<String, String> query);
}
