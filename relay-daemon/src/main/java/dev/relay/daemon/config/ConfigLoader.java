package dev.relay.daemon.config;

import dev.relay.daemon.access.AccessRules;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link DaemonConfig} from default, file, environment and flags, the later winning, and reports every mistake of all of them at
 * once. An unknown key of the file or the flags is refused with the nearest known one; of the environment only what is one or two edits
 * from a known name, because other programs share the {@code RELAY_} prefix. Confined to one thread and one load.
 */
public final class ConfigLoader {
    /** Names the configuration file. */
    public static final String FILE_VARIABLE = "RELAY_CONFIG";

    private static final int TYPO_EDITS = 2;

    private final Mistakes mistakes = new Mistakes();
    private final Map<ConfigKey, String> values = new EnumMap<>(ConfigKey.class);
    private final Map<ConfigKey, String> origins = new EnumMap<>(ConfigKey.class);
    private final Map<String, String> environment;

    private ConfigLoader(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Loads and checks everything.
     *
     * @param flags by key, with dashes or underscores, without the leading dashes
     * @param file absent: no file is read
     * @throws ConfigException with every mistake found
     */
    public static DaemonConfig load(Map<String, String> flags, Map<String, String> environment, @Nullable Path file) {
        return read(flags, environment, file).build();
    }

    /**
     * Every key with its value and where that comes from, in the order of {@link ConfigKey}; checks the same as {@link #load}.
     *
     * @throws ConfigException with every mistake found
     */
    public static List<Setting> explain(
            Map<String, String> flags, Map<String, String> environment, @Nullable Path file) {
        ConfigLoader loader = read(flags, environment, file);
        DaemonConfig unused = loader.build();
        return Arrays.stream(ConfigKey.values())
                .map(key -> new Setting(key.key(), loader.text(key), loader.origins.getOrDefault(key, "default")))
                .toList();
    }

    /** Without {@code --config} the file is the one that {@value #FILE_VARIABLE} names. */
    private static ConfigLoader read(Map<String, String> flags, Map<String, String> environment, @Nullable Path given) {
        ConfigLoader loader = new ConfigLoader(environment);
        loader.defaults();
        String named = environment.get(FILE_VARIABLE);
        Path file = given != null || named == null || named.isBlank() ? given : Path.of(named);
        if (file != null) {
            ConfigFile.read(file, loader.mistakes)
                    .forEach((key, value) -> loader.put(key, loader.resolved(key, value), file + ": "));
        }
        loader.takeEnvironment();
        flags.forEach((key, value) -> loader.put(key.replace('-', '_'), value, "flag "));
        return loader;
    }

    private String resolved(String key, String value) {
        return References.resolve(value, environment, mistake -> mistakes.add(key + ": " + mistake));
    }

    private void defaults() {
        for (ConfigKey key : ConfigKey.values()) {
            values.put(key, key.fallback());
        }
        values.put(ConfigKey.SOCKET, defaultSocket());
        values.put(ConfigKey.DATA_DIR, stateDir(environment).toString());
    }

    private String defaultSocket() {
        String runDir = environment.get("XDG_RUNTIME_DIR");
        return runDir != null && !runDir.isBlank()
                ? runDir + "/relay/relay.sock"
                : "/tmp/relay-" + OwnUser.uid() + "/relay.sock";
    }

    /** Where a part keeps its data unless it is told: {@code $XDG_STATE_HOME/relay}, else {@code ~/.local/state/relay}. */
    public static Path stateDir(Map<String, String> environment) {
        String state = environment.get("XDG_STATE_HOME");
        return state != null && !state.isBlank()
                ? Path.of(state, "relay")
                : Path.of(System.getProperty("user.home"), ".local/state/relay");
    }

    private void takeEnvironment() {
        environment.forEach((name, value) -> {
            if (name.startsWith("RELAY_")) {
                String key = name.substring("RELAY_".length()).toLowerCase(Locale.ROOT);
                ConfigKey nearest = ConfigKey.nearest(key);
                if (ConfigKey.edits(nearest.key(), key)
                        <= Math.min(TYPO_EDITS, nearest.key().length() / 3)) {
                    put(key, value, "environment " + name + ": ");
                }
            }
        });
    }

    private void put(String key, String value, String source) {
        ConfigKey.of(key)
                .ifPresentOrElse(
                        known -> {
                            values.put(known, value);
                            origins.put(known, source.strip().replaceFirst(":$", ""));
                        },
                        () -> mistakes.add(source + "unknown key " + key + ", did you mean "
                                + ConfigKey.nearest(key).key() + "?"));
    }

    private DaemonConfig build() {
        Path socket = path(ConfigKey.SOCKET);
        Path dataDir = path(ConfigKey.DATA_DIR);
        SecurityConfig security = security();
        int adminPort = (int) number(ConfigKey.ADMIN_PORT);
        boolean isFullSync = isFullSync();
        long storeMaxBytes = number(ConfigKey.STORE_MAX_BYTES);
        FlowConfig flow = flow();
        LoopConfig loop = new LoopConfig((int) number(ConfigKey.SPIN_US), (int) number(ConfigKey.CORE_CPU));
        DaemonConfig.checkSocket(socket.toAbsolutePath().normalize(), mistakes);
        mistakes.throwIfAny();
        return new DaemonConfig(socket, dataDir, adminPort, security, flow, isFullSync, storeMaxBytes, loop);
    }

    private SecurityConfig security() {
        String tokensFile = text(ConfigKey.TOKENS_FILE);
        return new SecurityConfig(
                uids(),
                text(ConfigKey.SOCKET_GROUP),
                tokensFile.isBlank() ? null : path(ConfigKey.TOKENS_FILE),
                (int) number(ConfigKey.TCP_PORT),
                new AccessRules(
                        rules(ConfigKey.ALLOW_SEND, AccessRules::sends),
                        rules(ConfigKey.ALLOW_PUBLISH, AccessRules::publishes),
                        rules(ConfigKey.OPERATORS, AccessRules::operators),
                        rules(ConfigKey.ALLOW_SHADOW, AccessRules::names),
                        rules(ConfigKey.ALLOW_JOIN, AccessRules::names)));
    }

    private <T> List<T> rules(ConfigKey key, Function<String, List<T>> parser) {
        try {
            return parser.apply(text(key));
        } catch (IllegalArgumentException e) {
            mistakes.add(key.key() + ": " + e.getMessage());
            return List.of();
        }
    }

    private boolean isFullSync() {
        String level = text(ConfigKey.SYNC);
        if (!level.equals("full") && !level.equals("normal")) {
            mistakes.add("sync=" + level + ": must be full or normal");
        }
        return !level.equals("normal");
    }

    private FlowConfig flow() {
        try {
            return new FlowConfig(
                    (int) number(ConfigKey.WINDOW_MESSAGES),
                    number(ConfigKey.WINDOW_BYTES),
                    (int) number(ConfigKey.LANE_QUEUE),
                    (int) number(ConfigKey.PAUSE_AT),
                    (int) number(ConfigKey.RESUME_AT),
                    number(ConfigKey.MAILBOX_MESSAGES),
                    number(ConfigKey.MAILBOX_BYTES),
                    number(ConfigKey.OUTPUT_BYTES),
                    (int) number(ConfigKey.MAX_CONNECTIONS),
                    number(ConfigKey.MEMORY_BYTES),
                    (int) number(ConfigKey.JOURNAL_DAYS),
                    (int) number(ConfigKey.BREAKER_FAILURES),
                    (int) number(ConfigKey.LANE_BREAKER_FAILURES),
                    number(ConfigKey.BREAKER_COOLDOWN_MS),
                    quota(),
                    number(ConfigKey.PROBE_MS),
                    number(ConfigKey.SILENT_MS));
        } catch (ConfigException e) {
            e.mistakes().forEach(mistakes::add);
            return FlowConfig.defaults();
        }
    }

    /** The value of a number key; a mistake leaves the default, so that the rest is still checked. */
    private QuotaConfig quota() {
        return new QuotaConfig(
                number(ConfigKey.QUOTA_MESSAGES_PER_S),
                number(ConfigKey.QUOTA_BYTES_PER_S),
                number(ConfigKey.QUOTA_MAILBOX_MESSAGES),
                number(ConfigKey.QUOTA_MAILBOX_BYTES));
    }

    private long number(ConfigKey key) {
        String text = text(key);
        OptionalLong amount = Amount.parse(key.key(), text);
        if (amount.isEmpty()) {
            String units = String.join(
                            ", ", new TreeSet<>(Amount.units(key.key()).keySet()))
                    .replaceFirst("^, ", "");
            mistakes.add(key.key() + "=" + text + ": not a whole number between " + key.min() + " and " + key.max()
                    + (units.isEmpty() ? "" : ", with or without a unit: " + units));
            return key.number();
        }
        long value = amount.getAsLong();
        if (value >= key.min() && value <= key.max()) {
            return value;
        }
        mistakes.add(key.key() + "=" + text + ": must be between " + key.min() + " and " + key.max());
        return key.number();
    }

    private Path path(ConfigKey key) {
        String text = text(key);
        try {
            if (!text.isBlank()) {
                return Path.of(text);
            }
            mistakes.add(key.key() + "=: must be a path");
        } catch (InvalidPathException e) {
            mistakes.add(key.key() + "=" + text.replace('\0', '?') + ": not a path");
        }
        return Path.of("/nowhere/relay");
    }

    private Set<Integer> uids() {
        Set<Integer> uids = new LinkedHashSet<>();
        for (String part : text(ConfigKey.ALLOW_UIDS).split(",", -1)) {
            String uid = part.strip();
            if (uid.matches("[0-9]{1,9}")) {
                uids.add(Integer.parseInt(uid));
            } else if (!uid.isEmpty()) {
                mistakes.add("allow_uids=" + uid + ": not a user id");
            }
        }
        return uids;
    }

    private String text(ConfigKey key) {
        return values.getOrDefault(key, "");
    }
}
