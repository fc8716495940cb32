package dev.relay.sidecar.venue;

/** Sees everything raw that a feed receives, for recordings. Feed thread; must not block or keep the array. */
public interface FrameTap {
    FrameTap NONE = new FrameTap() {};

    default void onFrame(int connection, byte[] frame, int length) {}

    default void onOpened(int connection, String uri) {}

    default void onClosed(int connection, String reason) {}

    default void onSent(int connection, String text) {}

    default void onRest(String pathAndQuery, byte[] body) {}

    default void onInstruments(InstrumentList instruments) {}
}
