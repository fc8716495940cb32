package dev.relay.exchange.stream;

import java.nio.charset.StandardCharsets;

/** The wrapping of a user data event on the WebSocket API. */
final class UserEventFrame {
    private UserEventFrame() {}

    static byte[] of(int subscriptionId, byte[] event) {
        byte[] head = ("{\"subscriptionId\":" + subscriptionId + ",\"event\":").getBytes(StandardCharsets.US_ASCII);
        byte[] frame = new byte[head.length + event.length + 1];
        System.arraycopy(head, 0, frame, 0, head.length);
        System.arraycopy(event, 0, frame, head.length, event.length);
        frame[frame.length - 1] = '}';
        return frame;
    }
}
