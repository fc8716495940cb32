package dev.relay.cli;

import dev.relay.client.RelayException;
import java.util.Objects;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Turns what a command threw into one line and an exit code. */
final class Failures {
    static int exitCode(Throwable error) {
        if (error instanceof CliException e) {
            return e.exitCode();
        }
        if (error instanceof JedisConnectionException) {
            return ExitCode.UNREACHABLE;
        }
        return error instanceof RelayException e ? ofCode(e.code()) : ExitCode.FAILED;
    }

    private static int ofCode(String code) {
        return switch (code) {
            case "TIMEOUT" -> ExitCode.TIMEOUT;
            case "NOT_CONNECTED", "CLOSED" -> ExitCode.UNREACHABLE;
            case "NO_SUCH_RECIPIENT", "NOT_FOUND" -> ExitCode.NOT_FOUND;
            default -> ExitCode.FAILED;
        };
    }

    static String message(Throwable error) {
        String message = Objects.requireNonNullElse(error.getMessage(), error.toString());
        return error instanceof CliException
                        || error.getCause() == null
                        || error.getCause().getMessage() == null
                ? message
                : message + " (" + error.getCause().getMessage() + ")";
    }

    private Failures() {}
}
