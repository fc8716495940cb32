package dev.relay.cli.supervisor;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The processes of the host, as the supervision needs them. No call blocks for long. */
interface Processes {
    /** Starts it; it outlives this process. */
    Identity start(String agent, Template template, Map<String, String> args) throws IOException;

    boolean isAlive(Identity process);

    /** SIGTERM, or SIGKILL for it and what it started; nothing when it is another process by now. */
    void end(Identity process, boolean isForced);

    /** How it ended, as {@code exit=1} or {@code signal=9}; {@code unknown} when it was not ours to see. */
    String exit(Identity process);

    /** The last lines that it logged. */
    List<String> logTail(String agent, int lines);

    /** Keeps its log within the bound. */
    void boundLog(String agent, long maxBytes);
}
