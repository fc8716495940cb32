package dev.relay.sidecar.admin;

import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may act over HTTP: a request by POST to a loopback name, from no web page, with the token of the file
 * {@value #FILE} in the data directory (made at the first start, readable by its owner only). Stateless.
 */
public final class AdminGuard {
    static final String FILE = "admin.token";
    private static final int TOKEN_BYTES = 32;
    private static final Set<String> HOSTS = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Set<String> FETCH_SITES = Set.of("none", "same-origin");
    private static final String BEARER = "Bearer ";

    private final byte[] token;

    AdminGuard(String token) {
        this.token = token.getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads the token, or makes one. */
    public static AdminGuard of(Path dataDir) throws IOException {
        Path file = dataDir.resolve(FILE);
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            byte[] secret = new byte[TOKEN_BYTES];
            new SecureRandom().nextBytes(secret);
            Files.writeString(file, HexFormat.of().formatHex(secret) + "\n", StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException kept) {
            if (Files.getPosixFilePermissions(file).size() > 2) {
                throw new IOException("the admin token must be readable by its owner only: chmod 600 " + file, kept);
            }
        }
        String token = Files.readString(file, StandardCharsets.US_ASCII).strip();
        if (token.length() < TOKEN_BYTES) {
            throw new IOException("the admin token is too short: remove " + file);
        }
        return new AdminGuard(token);
    }

    /** What {@link AdminAddress} tells the daemon. */
    String token() {
        return new String(token, StandardCharsets.UTF_8);
    }

    /** The status and words of a refusal, null when the request may act. */
    @Nullable
    Refusal refusal(String method, Headers headers) {
        return refusal("POST", method, headers);
    }

    /** The same for what needs another method. */
    @Nullable
    Refusal refusal(String needed, String method, Headers headers) {
        if (!method.equals(needed)) {
            return new Refusal(405, needed + " only\n");
        }
        List<String> hosts = headers.getOrDefault("Host", List.of());
        if (hosts.size() != 1 || !HOSTS.contains(name(hosts.get(0)))) {
            return new Refusal(421, "Host must be localhost or a loopback address\n");
        }
        String site = headers.getFirst("Sec-Fetch-Site");
        if (headers.containsKey("Origin") || (site != null && !FETCH_SITES.contains(site.toLowerCase(Locale.ROOT)))) {
            return new Refusal(403, "requests from web pages are refused\n");
        }
        return isOperator(headers) ? null : new Refusal(401, "send the token as Authorization: Bearer\n");
    }

    private static String name(String host) {
        return host.toLowerCase(Locale.ROOT).replaceFirst(":[0-9]{1,5}$", "");
    }

    private boolean isOperator(Headers headers) {
        List<String> given = headers.getOrDefault("Authorization", List.of());
        return given.size() == 1
                && given.get(0).startsWith(BEARER)
                && MessageDigest.isEqual(
                        token, given.get(0).substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8));
    }

    record Refusal(int status, String words) {}
}
