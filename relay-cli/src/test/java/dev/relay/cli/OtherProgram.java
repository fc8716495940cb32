package dev.relay.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program that is not ours, as it ran in the root of the repository: its exit code, or -1 when it took longer than {@value #SECONDS} s, and all that it printed. */
record OtherProgram(int exitCode, String output) {
    private static final long SECONDS = 30;

    static boolean isThere(String name) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .anyMatch(dir -> Files.isExecutable(Path.of(dir, name)));
    }

    static OtherProgram run(Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        Path printed = Files.createTempFile("program", ".out");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(DocsPage.ROOT.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(printed.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            boolean isOver = process.waitFor(SECONDS, TimeUnit.SECONDS);
            if (!isOver) {
                process.destroyForcibly();
            }
            return new OtherProgram(
                    isOver ? process.exitValue() : -1, Files.readString(printed, StandardCharsets.UTF_8));
        } finally {
            Files.delete(printed);
        }
    }
}
