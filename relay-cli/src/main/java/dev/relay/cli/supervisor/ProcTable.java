package dev.relay.cli.supervisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Processes by the kernel's table {@code /proc}. Stateless. */
final class ProcTable {
    private static final int STATE = 0;
    /** Field 22 of the line, the twentieth behind the name. */
    private static final int START = 19;

    /** The process that has this pid now; {@link Identity#NONE} when there is none, or only what its parent has not yet collected. */
    static Identity of(long pid) {
        try {
            String line = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
            boolean isDead = fields[STATE].equals("Z") || fields[STATE].equals("X");
            return isDead ? Identity.NONE : new Identity(pid, Long.parseLong(fields[START]));
        } catch (IOException e) {
            return Identity.NONE;
        }
    }

    private ProcTable() {}
}
