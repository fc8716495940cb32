package dev.relay.cli;

import java.util.concurrent.TimeoutException;

/** A command ends here: what failed, why, what to do next, and the exit code. */
public final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public CliException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** What the user gave cannot be used; the cause says why. */
    static CliException ofUsage(Exception cause) {
        return new CliException(ExitCode.USAGE, String.valueOf(cause.getMessage()));
    }

    /** What ended a replay: bad arguments, a recording that cannot be used, or too little time. */
    public static CliException ofReplay(Exception cause) {
        int code = cause instanceof IllegalArgumentException
                ? ExitCode.USAGE
                : cause instanceof TimeoutException ? ExitCode.TIMEOUT : ExitCode.FAILED;
        return new CliException(code, String.valueOf(cause.getMessage()));
    }

    public int exitCode() {
        return exitCode;
    }
}
