package dev.relay.daemon.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What another configuration would change in a running daemon.
 *
 * @param applied keys that take effect at once, {@code key=value}
 * @param restart keys that differ and need a restart
 */
public record Reload(List<String> applied, List<String> restart) {
    /** Bounds that the core looks up at each use. */
    public static final Set<ConfigKey> LIVE = Set.of(
            ConfigKey.LANE_QUEUE,
            ConfigKey.PAUSE_AT,
            ConfigKey.RESUME_AT,
            ConfigKey.MAILBOX_MESSAGES,
            ConfigKey.MAILBOX_BYTES,
            ConfigKey.MEMORY_BYTES,
            ConfigKey.JOURNAL_DAYS,
            ConfigKey.PROBE_MS,
            ConfigKey.SILENT_MS);

    /** Compares the settings that a daemon runs with those of now. */
    public static Reload between(List<Setting> running, List<Setting> now) {
        Map<String, String> old = running.stream().collect(Collectors.toMap(Setting::key, Setting::value));
        List<String> applied = new ArrayList<>();
        List<String> restart = new ArrayList<>();
        for (Setting setting : now) {
            if (!Objects.equals(old.get(setting.key()), setting.value())) {
                boolean isLive =
                        ConfigKey.of(setting.key()).filter(LIVE::contains).isPresent();
                (isLive ? applied : restart).add(isLive ? setting.key() + "=" + setting.value() : setting.key());
            }
        }
        return new Reload(List.copyOf(applied), List.copyOf(restart));
    }
}
