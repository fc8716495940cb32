package dev.relay.sidecar.replay;

/** One line of a recording is not what it should be; the reader adds file and number. */
final class BrokenLine extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenLine(String reason) {
        super(reason);
    }
}
