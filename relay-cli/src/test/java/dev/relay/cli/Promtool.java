package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Prometheus's own checker, of Debian's package prometheus, which bin/test installs. Where it is not there, one line says what was not run. */
final class Promtool {
    static final Path DEPLOY = Path.of("../deploy/prometheus");

    /** Runs it in the folder of the rules with {@code input} as its standard input. False: it is not there. */
    static boolean run(String input, String... arguments) throws IOException, InterruptedException {
        if (!OtherProgram.isThere("promtool")) {
            System.out.println("promtool absent: not run: promtool " + String.join(" ", arguments));
            return false;
        }
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Path file = Files.createTempFile("promtool", ".in");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(DEPLOY.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(Files.writeString(file, input).toFile())
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as("%s%n%s", command, output).isZero();
            return true;
        } finally {
            Files.delete(file);
        }
    }

    private Promtool() {}
}
