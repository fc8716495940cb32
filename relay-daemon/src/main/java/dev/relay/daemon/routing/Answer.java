package dev.relay.daemon.routing;

import dev.relay.protocol.ErrorCode;
import java.util.Map;

/** Where the outcome of an operation goes: once, on the core thread. */
public interface Answer {
    void ok(Map<String, ?> result);

    void fail(ErrorCode code, String message);
}
