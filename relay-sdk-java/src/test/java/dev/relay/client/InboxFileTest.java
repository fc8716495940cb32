package dev.relay.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InboxFileTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private static InboxPosition at(String sender, long epoch, long seq) {
        return new InboxPosition("store-1", sender, "message", epoch, seq);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void I8_shouldKeepTheNewestPositionAndStateOfEachLaneOverARestart() {
        Path file = dir.resolve("risk.inbox");
        try (InboxFile inbox = InboxFile.at(file)) {
            assertThat(inbox.load()).isEmpty();
            inbox.done(at("ann", 1L << 32 | 7, 1), utf8("one"));
            inbox.done(at("ann", 1L << 32 | 7, 2), utf8("two"));
            inbox.done(at("ann", 1L << 32 | 7, 3), new byte[0]);
            inbox.done(at("bob", 1L << 32 | 9, 5), new byte[0]);
        }
        try (InboxFile inbox = InboxFile.synced(file)) {
            assertThat(inbox.load()).containsExactly(at("ann", 1L << 32 | 7, 3), at("bob", 1L << 32 | 9, 5));
            assertThat(inbox.state("ann", "message")).isEqualTo(utf8("two"));
            assertThat(inbox.state("bob", "message")).isEmpty();
        }
    }

    @Test
    void I8_shouldRefuseAPositionThatIsDoneAlready() {
        try (InboxFile inbox = InboxFile.at(dir.resolve("a"))) {
            inbox.done(at("ann", 2, 3), new byte[0]);
            assertThatThrownBy(() -> inbox.done(at("ann", 2, 3), new byte[0])).isInstanceOf(AlreadyDone.class);
            assertThatThrownBy(() -> inbox.done(at("ann", 1, 9), new byte[0])).isInstanceOf(AlreadyDone.class);
            inbox.done(at("ann", 3, 1), new byte[0]);
            assertThat(inbox.load()).containsExactly(at("ann", 3, 1));
        }
    }

    @Test
    void shouldCutOffATornTailAtEveryByte() throws IOException {
        Path file = dir.resolve("torn");
        long whole;
        try (InboxFile inbox = InboxFile.at(file)) {
            inbox.done(at("ann", 1, 1), utf8("kept"));
            whole = Files.size(file);
            inbox.done(at("ann", 1, 2), utf8("torn"));
        }
        byte[] all = Files.readAllBytes(file);
        for (int length = (int) whole; length < all.length; length++) {
            Files.write(file, Arrays.copyOf(all, length), StandardOpenOption.TRUNCATE_EXISTING);
            try (InboxFile inbox = InboxFile.at(file)) {
                assertThat(inbox.load()).containsExactly(at("ann", 1, 1));
                assertThat(Files.size(file)).isEqualTo(whole);
            }
        }
        all[all.length - 1] ^= 1;
        Files.write(file, all);
        try (InboxFile inbox = InboxFile.at(file)) {
            assertThat(inbox.load()).containsExactly(at("ann", 1, 1));
            inbox.done(at("ann", 1, 2), new byte[0]);
        }
        try (InboxFile inbox = InboxFile.at(file)) {
            assertThat(inbox.load()).containsExactly(at("ann", 1, 2));
        }
    }

    @Test
    void shouldStayBoundedOverMillionsOfBytes() throws IOException {
        Path file = dir.resolve("long");
        byte[] state = new byte[1_000];
        try (InboxFile inbox = InboxFile.at(file)) {
            for (int seq = 1; seq <= 5_000; seq++) {
                inbox.done(at("ann", 1, seq), state);
            }
            assertThat(Files.size(file)).isLessThan(1_100_000);
        }
        try (InboxFile inbox = InboxFile.at(file)) {
            assertThat(inbox.load()).containsExactly(at("ann", 1, 5_000));
        }
    }

    @Test
    void shouldWriteTheSameBytesAsPython() throws IOException {
        Path file = dir.resolve("vector");
        try (InboxFile inbox = InboxFile.at(file)) {
            inbox.done(at("ann", 5L << 32 | 1, 2), utf8("state"));
        }
        assertThat(HexFormat.of().formatHex(Files.readAllBytes(file)))
                .isEqualTo("524c59494e424f58010000000000000036000000552a5b2a0100000005000000"
                        + "020000000000000007030700000000006d657373616765616e6e73746f72652d317374617465");
    }

    @Test
    void shouldNotOpenAForeignFileOrOneThatIsOpen() throws IOException {
        Path foreign = dir.resolve("notes.txt");
        Files.writeString(foreign, "these are my notes, longer than a header");
        assertThatThrownBy(() -> InboxFile.at(foreign)).hasMessageContaining("not an inbox");
        assertThat(Files.readString(foreign)).startsWith("these are my notes");
        Path mine = dir.resolve("mine");
        try (InboxFile first = InboxFile.at(mine)) {
            assertThatThrownBy(() -> InboxFile.at(mine)).hasMessageContaining("open already");
            first.done(at("ann", 1, 1), new byte[0]);
        }
    }
}
