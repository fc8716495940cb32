package dev.relay.cli.demo;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The agents of the demo that are Python: where they are, and who runs them. Looked at before anything is started, because a floor without them has nothing to show. */
record PythonAgents(Path folder, String python) {
    private static final long SECONDS = 30;

    /** By {@code RELAY_HOME} and {@code RELAY_PYTHON}, which the launchers set. */
    static PythonAgents find(Map<String, String> environment) {
        Path home = Path.of(environment.getOrDefault("RELAY_HOME", "."));
        return new PythonAgents(home.resolve("examples/python"), environment.getOrDefault("RELAY_PYTHON", "python3"));
    }

    /** Says what is missing, and how to have it. */
    void check() {
        if (!Files.exists(script("executor"))) {
            throw new CliException(
                    ExitCode.FAILED,
                    "no agents for the demo in " + folder
                            + "; start it by bin/relay of a clone or of an unpacked release");
        }
        if (!canRun()) {
            throw new CliException(
                    ExitCode.FAILED,
                    python + " cannot import relay_sdk with its Redis readers; install them (pip install"
                            + " './relay-sdk-python[redis]'), or name in RELAY_PYTHON a Python that has them");
        }
    }

    private boolean canRun() {
        try {
            Process probe = new ProcessBuilder(python, "-c", "import relay_sdk.redis, redis")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            boolean isOver = probe.waitFor(SECONDS, TimeUnit.SECONDS);
            probe.destroyForcibly();
            return isOver && probe.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    List<String> command(String script) {
        return new ArrayList<>(List.of(python, script(script).toString()));
    }

    private Path script(String name) {
        return folder.resolve(name + ".py");
    }
}
