package dev.relay.daemon.config;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.access.Tokens;
import dev.relay.protocol.Names;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the secrets of a daemon: the admin token, made at the first start beside the store, and the tokens of names, a line each,
 * {@code name: token}. Start only.
 */
public final class TokenFile {
    static final int MIN_TOKEN_CHARS = 16;
    private static final String ADMIN_FILE = "admin.token";
    private static final String DEFAULT_NAMESPACE = "default/";

    private TokenFile() {}

    /** The rules of the configuration with the secrets of its files. */
    public static Access access(DaemonConfig config) {
        String admin = SecretFile.readOrCreateToken(adminFile(config), ConfigKey.DATA_DIR.key());
        return new Access(
                OwnUser.uid(),
                config.security().rules(),
                new Tokens(admin, names(config.security().tokensFile())));
    }

    public static Path adminFile(DaemonConfig config) {
        return config.dataDir().resolve(ADMIN_FILE);
    }

    private static Map<String, String> names(@Nullable Path file) {
        if (file == null) {
            return Map.of();
        }
        List<String> lines =
                SecretFile.read(file, ConfigKey.TOKENS_FILE.key()).lines().toList();
        Map<String, String> tokens = new LinkedHashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                put(tokens, file, i + 1, line);
            }
        }
        return tokens;
    }

    private static void put(Map<String, String> tokens, Path file, int lineNo, String line) {
        int colon = line.indexOf(':');
        String key = colon < 0 ? "" : line.substring(0, colon).strip();
        String token = line.substring(colon + 1).strip();
        String full = key.indexOf('/') < 0 ? DEFAULT_NAMESPACE + key : key;
        int slash = full.indexOf('/');
        if (!Names.isName(full.substring(0, slash)) || !Names.isName(full.substring(slash + 1))) {
            throw SecretFile.refused(ConfigKey.TOKENS_FILE.key(), file, "line " + lineNo + ": expected `name: token`");
        }
        if (token.length() < MIN_TOKEN_CHARS) {
            throw SecretFile.refused(
                    ConfigKey.TOKENS_FILE.key(),
                    file,
                    "line " + lineNo + ": a token has at least " + MIN_TOKEN_CHARS + " characters");
        }
        if (tokens.put(full, token) != null) {
            throw SecretFile.refused(ConfigKey.TOKENS_FILE.key(), file, "line " + lineNo + ": the name is given twice");
        }
    }
}
