package dev.relay.sidecar.replay;

import java.nio.file.Path;

/** A recording that cannot be replayed; the message names file, line and reason. */
public final class RecordingException extends Exception {
    private static final long serialVersionUID = 1L;

    RecordingException(Path file, int line, String reason) {
        super("RECORDING_BROKEN: " + file + ":" + line + ": " + reason);
    }

    RecordingException(String reason) {
        super("RECORDING_BROKEN: " + reason);
    }
}
