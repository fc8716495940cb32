package dev.relay.client;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an agent does when an operator commands it; the value answers, an exception is told to the operator. */
@FunctionalInterface
public interface Command {
    @Nullable
    Object run(Map<String, ?> arguments) throws Exception;
}
