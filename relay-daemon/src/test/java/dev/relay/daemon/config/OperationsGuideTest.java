package dev.relay.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The operations guide names every key of the configuration. */
class OperationsGuideTest {
    @Test
    void shouldListEveryConfigurationKey() throws IOException {
        String guide = Files.readString(Path.of("../docs/operations.md"));
        for (ConfigKey key : ConfigKey.values()) {
            assertThat(guide)
                    .as("docs/operations.md: %s: %s", key.key(), key.meaning())
                    .contains("`" + key.key() + "`");
        }
    }
}
