package dev.relay.daemon;

import dev.relay.daemon.config.ConfigLoader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A daemon in a process of its own, started by a shell line such as {@code umask 000; exec "$@"}; its log is read until it serves. Standard
 * input closed ends it.
 */
final class DaemonProcess implements AutoCloseable {
    private static final long END_SECONDS = 10;

    private final Process process;
    private final Path log;

    private DaemonProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** {@code settings}: configuration by key. */
    static DaemonProcess start(String shell, Path log, Map<String, String> settings) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", shell, "sh", java(), "-Xmx96m", "-XX:+UseSerialGC"));
        command.add("-Dlogback.configurationFile=" + logConfiguration(log));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), DaemonProcess.class.getName()));
        settings.forEach((key, value) -> command.add(key + "=" + value));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.to(log.toFile()))
                .start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        while (line != null && !line.equals("serving")) {
            line = out.readLine();
        }
        if (line == null) {
            throw new IllegalStateException("the daemon ended: " + Files.readString(log));
        }
        return new DaemonProcess(process, log);
    }

    /** Everything to standard error, which is the log. */
    private static Path logConfiguration(Path log) throws IOException {
        return Files.writeString(log.resolveSibling("logback.xml"), """
                <configuration>
                  <appender name="err" class="ch.qos.logback.core.ConsoleAppender">
                    <target>System.err</target>
                    <encoder><pattern>%level %msg%n%ex</pattern></encoder>
                  </appender>
                  <logger name="dev.relay" level="DEBUG"/>
                  <root level="INFO"><appender-ref ref="err"/></root>
                </configuration>
                """);
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** What it logged so far. */
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public static void main(String[] args) throws IOException {
        Map<String, String> flags = new LinkedHashMap<>();
        for (String arg : args) {
            flags.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
        }
        try (RelayDaemon daemon = RelayDaemon.start(ConfigLoader.load(flags, Map.of(), null))) {
            System.err.println("admin_port=" + daemon.adminPort());
            System.out.println("serving");
            while (System.in.read() >= 0) {}
        }
    }
}
