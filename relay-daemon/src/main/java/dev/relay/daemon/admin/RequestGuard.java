package dev.relay.daemon.admin;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.admin.AdminPages.Page;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a request has to be before it is looked at (invariant I47): asked of a loopback name, not from a page of another origin, without a
 * body, and, to change something, with the admin token. There are no cookies, so a browser has nothing to lend to a foreign page; nothing
 * is answered that would let one read. Stateless; admin thread.
 */
final class RequestGuard {
    private static final Set<String> HOSTS = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Set<String> FETCH_SITES = Set.of("none", "same-origin");
    private static final String BEARER = "Bearer ";

    private final Access access;

    RequestGuard(Access access) {
        this.access = access;
    }

    /** Why it is refused, or null. */
    @Nullable
    Page refusal(HttpRequest request) {
        HttpHeaders headers = request.headers();
        if (!request.decoderResult().isSuccess()) {
            return Page.text(400, "not a request that can be read");
        }
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() != 1 || !isOurHost(hosts.get(0))) {
            return Page.text(421, "Host must be localhost or a loopback address");
        }
        if (!isOurOrigin(headers.get(HttpHeaderNames.ORIGIN), hosts.get(0))) {
            return Page.text(403, "requests from other web pages are refused");
        }
        String site = headers.get("Sec-Fetch-Site");
        if (site != null && !FETCH_SITES.contains(site.toLowerCase(Locale.ROOT))) {
            return Page.text(403, "requests from other web pages are refused");
        }
        if (headers.contains(HttpHeaderNames.UPGRADE)) {
            return Page.text(400, "no other protocol is spoken here");
        }
        return refusalOfMethod(request);
    }

    private @Nullable Page refusalOfMethod(HttpRequest request) {
        boolean isPost = request.method().equals(HttpMethod.POST);
        if (!isPost && !request.method().equals(HttpMethod.GET)) {
            return Page.text(405, "only GET, and POST with the admin token");
        }
        if (hasWrongToken(request) || (isPost && !isOperator(request))) {
            return Page.text(401, "send the admin token as Authorization: Bearer");
        }
        return HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0
                ? Page.text(413, "no body is read here")
                : null;
    }

    private boolean hasWrongToken(HttpRequest request) {
        return request.headers().contains(HttpHeaderNames.AUTHORIZATION) && !isOperator(request);
    }

    boolean isOperator(HttpRequest request) {
        List<String> given = request.headers().getAll(HttpHeaderNames.AUTHORIZATION);
        return given.size() == 1
                && given.get(0).startsWith(BEARER)
                && access.isAdmin(given.get(0).substring(BEARER.length()).strip());
    }

    private static boolean isOurHost(String host) {
        return HOSTS.contains(host.toLowerCase(Locale.ROOT).replaceFirst(":[0-9]{1,5}$", ""));
    }

    private static boolean isOurOrigin(@Nullable String origin, String host) {
        return origin == null || origin.equalsIgnoreCase("http://" + host);
    }
}
