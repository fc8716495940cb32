package dev.relay.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.cli.CliException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A demo without its agents says so before it starts anything. */
final class PythonAgentsTest {
    @TempDir
    Path home;

    @Test
    void shouldSayWhatIsMissingAndHowToHaveIt() throws Exception {
        assertThatThrownBy(() -> agents("python3").check())
                .isInstanceOf(CliException.class)
                .hasMessageContaining("no agents for the demo in " + home)
                .hasMessageContaining("bin/relay of a clone");
        Path script = home.resolve("examples/python/executor.py");
        Files.createDirectories(script.getParent());
        Files.writeString(script, "");
        for (String python : new String[] {"/bin/false", home.resolve("none").toString()}) {
            assertThatThrownBy(() -> agents(python).check())
                    .isInstanceOf(CliException.class)
                    .hasMessageContaining(python + " cannot import relay_sdk")
                    .hasMessageContaining("RELAY_PYTHON");
        }
        agents("/bin/true").check();
        assertThat(agents("/bin/true").command("executor")).containsExactly("/bin/true", script.toString());
    }

    private PythonAgents agents(String python) {
        return PythonAgents.find(Map.of("RELAY_HOME", home.toString(), "RELAY_PYTHON", python));
    }
}
