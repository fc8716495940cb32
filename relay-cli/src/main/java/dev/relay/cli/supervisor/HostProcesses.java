package dev.relay.cli.supervisor;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Processes of this host. Each has a session of its own where {@code setsid} is there, limits by the shell's {@code ulimit}, no input, its
 * log as output, and of the supervisor's environment only where programs and the home are. Supervisor's thread.
 */
final class HostProcesses implements Processes {
    private static final Logger LOG = LoggerFactory.getLogger(HostProcesses.class);
    private static final List<String> KEPT = List.of("PATH", "HOME", "LANG", "LC_ALL", "TZ", "JAVA_HOME");
    private static final Path SETSID = Path.of("/usr/bin/setsid");
    private static final int BY_SIGNAL = 128;

    private final Path workDir;
    private final Path logDir;
    private final Path socket;
    /** Those that we started; one is forgotten when its end was told. */
    private final Map<Long, Process> ours = new HashMap<>();

    HostProcesses(Path workDir, Path logDir, Path socket) {
        this.workDir = workDir;
        this.logDir = logDir;
        this.socket = socket;
    }

    @Override
    public Identity start(String agent, Template template, Map<String, String> args) throws IOException {
        List<String> line = new ArrayList<>();
        if (Files.isExecutable(SETSID)) {
            line.add(SETSID.toString());
        }
        limits(line, template);
        line.addAll(template.commandLine(agent, args));
        ProcessBuilder builder = new ProcessBuilder(line).directory(workDir.toFile());
        builder.environment().keySet().retainAll(KEPT);
        builder.environment().putAll(template.env());
        builder.environment().put("RELAY_SOCKET", socket.toString());
        builder.environment().put("RELAY_AGENT", agent);
        builder.redirectInput(Path.of("/dev/null").toFile());
        builder.redirectErrorStream(true);
        builder.redirectOutput(
                Redirect.appendTo(new LogFile(logDir, agent).path().toFile()));
        Process process = builder.start();
        ours.put(process.pid(), process);
        Identity identity = ProcTable.of(process.pid());
        return identity.equals(Identity.NONE) ? new Identity(process.pid(), 0) : identity;
    }

    /** The arguments stand behind the script, which only hands them on. */
    private static void limits(List<String> line, Template template) {
        long memoryMb = template.number(TemplateNumber.MEMORY_MB);
        long openFiles = template.number(TemplateNumber.OPEN_FILES);
        String script = (memoryMb > 0 ? "ulimit -d " + (memoryMb << 10) + " && " : "")
                + (openFiles > 0 ? "ulimit -n " + openFiles + " && " : "");
        line.addAll(List.of("/bin/sh", "-c", script + "exec \"$@\"", "relay"));
    }

    @Override
    public boolean isAlive(Identity process) {
        return process.startTicks() > 0 && ProcTable.of(process.pid()).equals(process);
    }

    @Override
    public void end(Identity process, boolean isForced) {
        if (!isAlive(process)) {
            return;
        }
        ProcessHandle.of(process.pid()).ifPresent(handle -> {
            if (isForced) {
                try (Stream<ProcessHandle> below = handle.descendants()) {
                    below.forEach(ProcessHandle::destroyForcibly);
                }
                boolean unused = handle.destroyForcibly();
            } else {
                boolean unused = handle.destroy();
            }
        });
    }

    @Override
    public String exit(Identity process) {
        Process known = ours.remove(process.pid());
        if (known == null) {
            return "unknown";
        }
        try {
            int code = known.waitFor();
            return code > BY_SIGNAL ? "signal=" + (code - BY_SIGNAL) : "exit=" + code;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }

    @Override
    public List<String> logTail(String agent, int lines) {
        try {
            return new LogFile(logDir, agent).tail(lines);
        } catch (IOException e) {
            return List.of("its log cannot be read: " + e);
        }
    }

    @Override
    public void boundLog(String agent, long maxBytes) {
        try {
            new LogFile(logDir, agent).bound(maxBytes);
        } catch (IOException e) {
            LOG.error("log_not_bounded agent={} error={}", agent, e.toString());
        }
    }
}
