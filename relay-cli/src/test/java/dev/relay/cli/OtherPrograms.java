package dev.relay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Commands of other programs on the pages: a span or a line of more than one word that begins with the name of a program of this machine. A shell runs them as they stand, with words in capitals standing for things
 * of the floor. What is not run stands here with its reason.
 */
final class OtherPrograms {
    private static final Set<String> OF_THE_SHELL = Set.of("ulimit");
    private static final Pattern CAPITALS = Pattern.compile("\\b(SOCKET|DATA_DIR|DIR|PID)\\b");

    private static final Map<String, String> NOT_RUN = Map.of(
            "./mvnw", "a build in a build; that the tests it names are there is looked at here",
            "bin/release", "a whole build; bin/release --check runs it twice, and uses what it made",
            "docker", "needs a container engine; ContainersIT runs what the containers run",
            "systemctl", "needs systemd as the first process; ServiceLifeIT sends the same signals",
            "pip", "installs from elsewhere; bin/lib/quickstart.py installs the same folder",
            "ssh", "needs another host");

    /** {@code things} by their words in capitals. */
    record Floor(String daemon, String sidecar, Map<String, String> things) {}

    private final Set<String> notRun = new TreeSet<>(NOT_RUN.keySet());
    private final List<String> wrong = new ArrayList<>();
    private int ran;

    void run(DocsPage page, Floor floor) throws IOException, InterruptedException {
        for (String command : page.spansAndLines().toList()) {
            String program = command.split(" ", 2)[0];
            if (NOT_RUN.containsKey(program)) {
                notRun.remove(program);
            } else if (command.contains(" ") && canRun(program, command)) {
                run(page, command, floor);
            }
        }
    }

    /** Also whether the kernel has what it reads. */
    private static boolean canRun(String program, String command) {
        boolean isProgram =
                program.matches("[a-z][a-z-]*") && !program.equals("relay") && OtherProgram.isThere(program);
        return (isProgram || OF_THE_SHELL.contains(program))
                && Stream.of(command.split(" ", -1))
                        .filter(word -> word.startsWith("/proc/") && !word.contains("PID"))
                        .allMatch(word -> Files.exists(Path.of(word)));
    }

    private void run(DocsPage page, String command, Floor floor) throws IOException, InterruptedException {
        String line = CAPITALS.matcher(command)
                .replaceAll(word -> Matcher.quoteReplacement(floor.things().getOrDefault(word.group(), word.group())));
        Map<String, String> environment = Map.of("D", floor.daemon(), "S", floor.sidecar(), "MANPAGER", "cat");
        OtherProgram done = OtherProgram.run(environment, List.of("bash", "-c", line));
        ran++;
        if (done.exitCode() != 0 || done.output().isBlank()) {
            wrong.add(page.name() + ": " + line + ": " + done);
        }
    }

    List<String> wrong() {
        return wrong;
    }

    /** What no page has any more. */
    Set<String> notThere() {
        return notRun;
    }

    int ran() {
        return ran;
    }
}
