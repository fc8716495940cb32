package dev.relay.cli;

/** Exit codes of every subcommand; listed in {@code docs/operations.md}. */
public final class ExitCode {
    public static final int OK = 0;
    /** The operation was tried and failed, or was refused. */
    public static final int FAILED = 1;
    /** The command line or the configuration is wrong. */
    public static final int USAGE = 2;
    /** The daemon, Redis or another server could not be reached. */
    public static final int UNREACHABLE = 3;

    public static final int NOT_FOUND = 4;
    public static final int TIMEOUT = 5;
    public static final int UNHEALTHY = 6;
    /** The store is damaged or gone and no daemon starts on it until an operator decides: EX_DATAERR of sysexits. */
    public static final int STORE_DAMAGED = 65;

    /** An error of the program itself, which must not be built upon: EX_SOFTWARE of sysexits. */
    public static final int BROKEN = 70;

    /** The store failed (the daemon only): EX_IOERR of sysexits. */
    public static final int STORE_FAILED = 74;

    private ExitCode() {}
}
