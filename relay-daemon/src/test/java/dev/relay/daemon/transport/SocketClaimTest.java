package dev.relay.daemon.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.daemon.config.StartRefusedException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketClaimTest {
    @TempDir
    Path dir = Path.of("");

    private Path socket = Path.of("");

    @BeforeEach
    void name() {
        socket = dir.resolve("run/relay.sock");
    }

    @Test
    void shouldCreateTheDirectoryForItsOwnerOnly() throws IOException {
        SocketClaim.take(socket).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("run"))))
                .isEqualTo("rwx------");
    }

    @Test
    void shouldShowTheSocketOnlyWithItsModesAndListening() throws IOException {
        try (SocketClaim claim = SocketClaim.take(socket);
                ServerSocketChannel listening = listen(claim.staging())) {
            assertThat(socket).doesNotExist();
            claim.publish();
            assertThat(listening.isOpen()).isTrue();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void shouldKnowWhenItsSocketIsGoneAndLeaveAloneWhatStandsInItsPlace() throws IOException {
        Path aside = dir.resolve("run/aside");
        try (SocketClaim claim = SocketClaim.take(socket);
                ServerSocketChannel listening = listen(claim.staging())) {
            assertThat(listening.isOpen() && claim.isThere()).isTrue();
            claim.publish();
            assertThat(claim.isThere()).isTrue();
            Files.move(socket, aside);
            assertThat(claim.isThere()).isFalse();
            Files.writeString(socket, "precious");
            assertThat(claim.isThere()).isFalse();
        }
        assertThat(socket).hasContent("precious");
    }

    @Test
    void shouldRefuseADirectoryThatOthersCanEnter() throws IOException {
        Files.createDirectories(dir.resolve("run"));
        Files.setPosixFilePermissions(dir.resolve("run"), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertRefused("chmod 700");
    }

    @Test
    void shouldRefuseADirectoryBelowOneInWhichOthersMayRename() throws IOException {
        Path open = Files.createDirectory(dir.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        socket = open.resolve("run/relay.sock");
        assertRefused("where every user may rename files");
    }

    @Test
    void shouldRefuseASymbolicLinkAsDirectory() throws IOException {
        Path real = Files.createDirectory(
                dir.resolve("real"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createSymbolicLink(dir.resolve("run"), real);
        assertRefused("symbolic link");
    }

    @Test
    void shouldSayWhyAMissingDirectoryCannotBeCreated() throws IOException {
        Files.writeString(dir.resolve("file"), "");
        socket = dir.resolve("file/run/relay.sock");
        assertRefused("is missing and cannot be created");
    }

    @Test
    void shouldRemoveAStaleSocket() throws IOException {
        SocketClaim.take(socket).close();
        listen(socket).close();
        assertThat(socket).exists();
        SocketClaim.take(socket).close();
        assertThat(socket).doesNotExist();
    }

    @Test
    void shouldLeaveASocketAloneOnWhichAnotherProgramListens() throws IOException {
        SocketClaim.take(socket).close();
        try (ServerSocketChannel foreign = listen(socket)) {
            assertRefused("another process is listening");
            assertThat(foreign.isOpen()).isTrue();
        }
        assertThat(socket).exists();
    }

    @Test
    void shouldLeaveAFileAloneThatIsNoSocket() throws IOException {
        SocketClaim.take(socket).close();
        Files.writeString(socket, "precious");
        assertRefused("not a socket");
        assertThat(socket).hasContent("precious");
    }

    @Test
    void shouldRefuseASecondClaimUntilTheFirstEnds() {
        SocketClaim first = SocketClaim.take(socket);
        assertRefused("another daemon uses socket");
        first.close();
        SocketClaim.take(socket).close();
    }

    private void assertRefused(String why) {
        assertThatThrownBy(() -> SocketClaim.take(socket).close())
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining(why);
    }

    private static ServerSocketChannel listen(Path path) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(path));
        return channel;
    }
}
