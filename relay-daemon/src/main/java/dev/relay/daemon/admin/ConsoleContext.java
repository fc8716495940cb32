package dev.relay.daemon.admin;

import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.config.FlowConfig;
import dev.relay.daemon.config.SecurityConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the console shows besides what the core knows. Immutable.
 *
 * @param configuration by key, as the daemon runs with it; no secrets
 * @param sidecarDirectory where a sidecar says how to reach it; null for none
 */
public record ConsoleContext(
        Map<String, Object> configuration, @Nullable Path sidecarDirectory) {
    /** Of a daemon that says nothing of itself. */
    public static ConsoleContext none() {
        return new ConsoleContext(Map.of(), null);
    }

    public static ConsoleContext of(DaemonConfig config) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("socket", config.socket().toString());
        map.put("data_dir", config.dataDir().toString());
        map.put("admin_port", config.adminPort());
        map.put("sync", config.isFullSync() ? "full" : "normal");
        map.put("store_max_bytes", config.storeMaxBytes());
        security(map, config.security());
        flow(map, config.flow());
        return new ConsoleContext(map, config.socket().getParent());
    }

    private static void security(Map<String, Object> map, SecurityConfig security) {
        map.put("allow_uids", security.allowedUids().toString());
        map.put("socket_group", security.socketGroup());
        Path tokens = security.tokensFile();
        map.put("tokens_file", tokens == null ? "" : tokens.toString());
        map.put("tcp_port", security.tcpPort());
    }

    private static void flow(Map<String, Object> map, FlowConfig flow) {
        map.put("window_messages", flow.windowMessages());
        map.put("window_bytes", flow.windowBytes());
        map.put("lane_queue", flow.laneQueueMessages());
        map.put("pause_at", flow.pauseAtMessages());
        map.put("resume_at", flow.resumeAtMessages());
        map.put("mailbox_messages", flow.mailboxMessages());
        map.put("mailbox_bytes", flow.mailboxBytes());
        map.put("max_connections", flow.maxConnections());
        map.put("output_bytes", flow.outputBytes());
        map.put("memory_bytes", flow.memoryBytes());
        map.put("journal_days", flow.journalDays());
    }
}
