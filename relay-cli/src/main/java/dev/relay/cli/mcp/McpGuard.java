package dev.relay.cli.mcp;

import dev.relay.cli.mcp.McpEndpoint.Answer;
import dev.relay.cli.mcp.McpEndpoint.Headers;
import dev.relay.daemon.access.Tokens;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a request over HTTP has to be before its body is looked at: asked of one of our host names (a page whose name was pointed at us is
 * not), from no page of another origin, with the token. The token is the identity: whoever has it is the agent that this process is on the
 * bus. Stateless.
 */
final class McpGuard {
    static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern AUTHORITY = Pattern.compile("(\\[[0-9a-f:.]+]|[^:/@\\[\\]]+)(:[0-9]{1,5})?");
    private static final Set<String> FETCH_SITES = Set.of("none", "same-origin");
    private static final String BEARER = "Bearer ";

    private final Tokens token;
    private final Set<String> hosts = new HashSet<>(LOOPBACK);

    /** {@code moreHosts}: names besides those of loopback under which this server may be asked. */
    McpGuard(String token, List<String> moreHosts) {
        this.token = new Tokens(token, Map.of());
        moreHosts.forEach(host -> hosts.add(host.toLowerCase(Locale.ROOT)));
    }

    /** Why it is refused, or null. */
    @Nullable
    Answer refusal(Headers headers) {
        String host = headers.only("Host");
        if (host == null || !isOurs(host)) {
            return Answer.refused(421, "Host must be one of " + hosts);
        }
        if (!isOurOrigin(headers.all("Origin"))
                || !headers.all("Sec-Fetch-Site").stream().allMatch(FETCH_SITES::contains)) {
            return Answer.refused(403, "requests from other web pages are refused");
        }
        String given = headers.only("Authorization");
        boolean isKnown = given != null
                && given.startsWith(BEARER)
                && token.isAdmin(given.substring(BEARER.length()).strip());
        return isKnown
                ? null
                : Answer.refused(401, "send the token as Authorization: Bearer").with("WWW-Authenticate", "Bearer");
    }

    private boolean isOurOrigin(List<String> origins) {
        return origins.stream()
                .allMatch(origin -> origin.matches("(?i)https?://.*") && isOurs(origin.replaceFirst("^[^/]*//", "")));
    }

    private boolean isOurs(String authority) {
        Matcher parts = AUTHORITY.matcher(authority.toLowerCase(Locale.ROOT));
        return parts.matches() && hosts.contains(parts.group(1));
    }
}
