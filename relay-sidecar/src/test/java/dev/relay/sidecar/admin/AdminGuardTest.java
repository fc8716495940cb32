package dev.relay.sidecar.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** I44, I47: only the holder of the token acts, and no web page does for him. */
class AdminGuardTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private final AdminGuard guard = new AdminGuard(TOKEN);

    @TempDir
    Path directory;

    @Test
    void I47_takesAPostWithTheTokenOnALoopbackName() {
        assertThat(refused("POST", "127.0.0.1:9000", "Bearer " + TOKEN, null)).isZero();
        assertThat(refused("POST", "localhost", "Bearer " + TOKEN, null)).isZero();
    }

    @Test
    void I47_refusesEverythingElse() {
        assertThat(refused("GET", "127.0.0.1", "Bearer " + TOKEN, null)).isEqualTo(405);
        assertThat(refused("POST", "relay.evil.com", "Bearer " + TOKEN, null)).isEqualTo(421);
        assertThat(refused("POST", "127.0.0.1.evil.com", "Bearer " + TOKEN, null))
                .isEqualTo(421);
        assertThat(refused("POST", "127.0.0.1", "Bearer " + TOKEN, "http://127.0.0.1"))
                .isEqualTo(403);
        assertThat(refused("POST", "127.0.0.1", "Bearer " + TOKEN + "0", null)).isEqualTo(401);
        assertThat(refused("POST", "127.0.0.1", TOKEN, null)).isEqualTo(401);
        assertThat(refused("POST", "127.0.0.1", null, null)).isEqualTo(401);
    }

    @Test
    void I48_makesATokenThatOnlyItsOwnerReadsAndKeepsIt() throws Exception {
        AdminGuard.of(directory);
        Path file = directory.resolve(AdminGuard.FILE);
        String token = Files.readString(file);
        assertThat(token.strip()).hasSize(64);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        AdminGuard.of(directory);
        assertThat(Files.readString(file)).isEqualTo(token);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> AdminGuard.of(directory)).hasMessageContaining("chmod 600");
    }

    private int refused(String method, String host, @Nullable String authorization, @Nullable String origin) {
        Headers headers = new Headers();
        headers.add("Host", host);
        if (authorization != null) {
            headers.add("Authorization", authorization);
        }
        if (origin != null) {
            headers.add("Origin", origin);
        }
        AdminGuard.Refusal refusal = guard.refusal(method, headers);
        return refusal == null ? 0 : refusal.status();
    }
}
