package dev.relay.daemon.admin;

import dev.relay.daemon.admin.AdminPages.Page;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What agents share and decide, over HTTP and for operators, because it is what agents tell each other: {@code GET /state} (who shares),
 * {@code /state/AGENT}, {@code /proposals} and {@code /proposals/NO}. The core's operations do the work. Admin thread.
 */
final class TeamPages {
    private static final Pattern STATE = Pattern.compile("/state(?:/([a-z0-9][a-z0-9._-]{0,63}))?");
    private static final Pattern PROPOSALS = Pattern.compile("/proposals(?:/([0-9]{1,18}))?");

    private final CoreView core;

    TeamPages(CoreView core) {
        this.core = core;
    }

    /** Null when the path is none of these. */
    @Nullable
    CompletableFuture<Page> get(String path, Map<String, List<String>> query, boolean isOperator) {
        Matcher state = STATE.matcher(path);
        Matcher proposals = PROPOSALS.matcher(path);
        boolean isState = state.matches();
        if (!isState && !proposals.matches()) {
            return null;
        }
        if (!isOperator) {
            return ConsolePages.forOperators();
        }
        Map<String, @Nullable Object> request = CorePages.request(query);
        return isState ? state(state.group(1), request) : proposals(proposals.group(1), request);
    }

    private CompletableFuture<Page> state(@Nullable String agent, Map<String, @Nullable Object> request) {
        if (agent == null) {
            return CorePages.run(core, "state.ls", request);
        }
        request.put("agent", agent);
        return CorePages.run(core, "state.get", request);
    }

    private CompletableFuture<Page> proposals(@Nullable String number, Map<String, @Nullable Object> request) {
        if (number == null) {
            request.put("open", "true".equals(request.get("open")));
            return CorePages.run(core, "proposal.ls", request);
        }
        request.put("proposal", Long.parseLong(number));
        return CorePages.run(core, "proposal.get", request);
    }
}
