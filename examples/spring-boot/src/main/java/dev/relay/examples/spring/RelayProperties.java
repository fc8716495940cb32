package dev.relay.examples.spring;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * {@code relay.name} and {@code relay.socket} of the application's configuration.
 *
 * @param name the agent's name on the bus
 * @param socket the daemon's socket; null: the usual place
 */
@ConfigurationProperties("relay")
public record RelayProperties(String name, @Nullable Path socket) {}
