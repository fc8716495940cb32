package dev.relay.daemon.config;

import dev.relay.daemon.access.AccessRules;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who gets in and what they may do.
 *
 * @param allowedUids user ids besides the daemon's own that may connect
 * @param socketGroup group that may enter the socket's directory, "" for none
 * @param tokensFile tokens of names, null for none
 * @param tcpPort loopback port of the bus for hosts without Unix sockets, 0 for none
 */
public record SecurityConfig(
        Set<Integer> allowedUids,
        String socketGroup,
        @Nullable Path tokensFile,
        int tcpPort,
        AccessRules rules) {
    public SecurityConfig {
        allowedUids = Set.copyOf(allowedUids);
        tokensFile = tokensFile == null ? null : tokensFile.toAbsolutePath().normalize();
        Mistakes mistakes = new Mistakes();
        mistakes.range(ConfigKey.TCP_PORT, tcpPort);
        if (allowedUids.stream().anyMatch(uid -> uid < 0)) {
            mistakes.add("allow_uids=" + allowedUids + ": user ids are 0 or more");
        }
        mistakes.throwIfAny();
    }

    /** The daemon's own user only, over the socket only, without lists. */
    public static SecurityConfig defaults() {
        return of(Set.of());
    }

    /** Further user ids, everything else by default. */
    public static SecurityConfig of(Set<Integer> allowedUids) {
        return new SecurityConfig(allowedUids, "", null, 0, AccessRules.open());
    }
}
