package dev.relay.sidecar.replay;

/** Told how many frames of the recording were served, on the thread that runs the replay, as they are noticed. */
public interface ReplayProgress {
    void at(long sent, long total);
}
