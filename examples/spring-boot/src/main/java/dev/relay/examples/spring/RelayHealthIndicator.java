package dev.relay.examples.spring;

import dev.relay.client.Health;
import org.springframework.boot.actuate.health.AbstractHealthIndicator;

/** The health of the application's connection to the bus: down while the daemon is away; messages wait in the outbox then and nothing is lost. */
final class RelayHealthIndicator extends AbstractHealthIndicator {
    private final RelayAgent agent;

    RelayHealthIndicator(RelayAgent agent) {
        this.agent = agent;
    }

    @Override
    protected void doHealthCheck(org.springframework.boot.actuate.health.Health.Builder builder) {
        if (!agent.isRunning()) {
            builder.outOfService();
            return;
        }
        Health health = agent.relay().getHealth();
        builder.withDetail("agent", agent.relay().name());
        if (health.isConnected()) {
            builder.up();
        } else {
            builder.down();
        }
    }
}
