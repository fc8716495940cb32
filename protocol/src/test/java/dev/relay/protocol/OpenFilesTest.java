package dev.relay.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFilesTest {
    @TempDir
    Path dir = Path.of("");

    @Test
    void shouldCountWhatThisProcessHasOpen() throws IOException {
        Path file = Files.createFile(dir.resolve("file"));
        OpenFiles before = OpenFiles.now();
        List<InputStream> streams = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                streams.add(Files.newInputStream(file));
            }
            assertThat(before.again().open()).isBetween(before.open() + 80, before.open() + 120);
            assertThat(before.again().most()).isEqualTo(before.most()).isGreaterThan(before.open());
        } finally {
            for (InputStream stream : streams) {
                stream.close();
            }
        }
    }

    @Test
    void shouldBeLowWhenLessThanAFifthIsLeft() {
        assertThat(new OpenFiles(80, 100).areLow()).isFalse();
        assertThat(new OpenFiles(81, 100).areLow()).isTrue();
        assertThat(new OpenFiles(81, 100)).hasToString("81 of 100 files are open");
        assertThat(OpenFiles.UNKNOWN.areLow()).isFalse();
    }
}
