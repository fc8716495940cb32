package dev.relay.exchange;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The node project under {@code src/test/foreign}, installed once into {@code target/foreign}. */
final class ForeignProject {
    private static final Path SOURCE = Path.of("src/test/foreign");
    private static final Path HOME = Path.of("target/foreign").toAbsolutePath();
    private static final long INSTALL_TIMEOUT_S = 300;
    private static final long RUN_TIMEOUT_S = 60;

    private ForeignProject() {}

    record Result(int exitCode, List<String> lines) {}

    /** Is there a node on this machine? */
    static boolean isRunnable() throws IOException, InterruptedException {
        try {
            return run(RUN_TIMEOUT_S, List.of("node", "--version")).exitCode() == 0;
        } catch (IOException noSuchProgram) {
            return false;
        }
    }

    static void install() throws IOException, InterruptedException {
        Files.createDirectories(HOME);
        boolean current = isInstalled();
        try (var files = Files.list(SOURCE)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, HOME.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (!current) {
            Result installed =
                    run(INSTALL_TIMEOUT_S, List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"));
            if (installed.exitCode() != 0) {
                throw new IOException("npm ci failed: " + String.join("\n", installed.lines()));
            }
        }
    }

    /** Runs one script with these arguments and returns what it printed. */
    static Result script(String name, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("node", name));
        command.addAll(List.of(arguments));
        return run(RUN_TIMEOUT_S, command);
    }

    private static boolean isInstalled() throws IOException {
        Path lock = HOME.resolve("package-lock.json");
        return Files.exists(HOME.resolve("node_modules/.package-lock.json"))
                && Files.exists(lock)
                && Files.mismatch(lock, SOURCE.resolve("package-lock.json")) == -1;
    }

    private static Result run(long timeoutS, List<String> command) throws IOException, InterruptedException {
        Files.createDirectories(HOME);
        Path output = Files.createTempFile(HOME, "run", ".out");
        Process process = new ProcessBuilder(command)
                .directory(HOME.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(timeoutS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
        Files.delete(output);
        return new Result(process.exitValue(), lines);
    }
}
