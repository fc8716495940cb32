package dev.relay.sidecar.order;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs clients that nobody here wrote and reads the one JSON line that they print. */
final class Judge {
    private static final Path NODE_SOURCE = Path.of("../relay-exchange/src/test/foreign");
    private static final Path NODE_HOME = Path.of("target/foreign").toAbsolutePath();

    private Judge() {}

    /** A script of the exchange's node project; installed at first use. */
    static JsonNode node(String script, String... arguments) throws IOException, InterruptedException {
        Files.createDirectories(NODE_HOME);
        try (Stream<Path> files = Files.list(NODE_SOURCE)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, NODE_HOME.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (!Files.exists(NODE_HOME.resolve("node_modules/.package-lock.json"))) {
            run(300, List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"));
        }
        return lastLine("node", script, arguments);
    }

    static JsonNode python(String script, String... arguments) throws IOException, InterruptedException {
        String file =
                Path.of("src/test/foreign").resolve(script).toAbsolutePath().toString();
        Files.createDirectories(NODE_HOME);
        return lastLine("python3", file, arguments);
    }

    private static JsonNode lastLine(String program, String script, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program, script));
        command.addAll(List.of(arguments));
        List<String> printed = run(60, command);
        return new ObjectMapper().readTree(printed.get(printed.size() - 1));
    }

    private static List<String> run(long timeoutS, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(NODE_HOME, "run", ".out");
        Process process = new ProcessBuilder(command)
                .directory(NODE_HOME.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(timeoutS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        List<String> lines = Files.readAllLines(output);
        Files.delete(output);
        if (process.exitValue() != 0 || lines.isEmpty()) {
            throw new IOException(command + " ended with " + process.exitValue() + "\n" + String.join("\n", lines));
        }
        return lines;
    }
}
