package dev.relay.examples.spring;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** An application that has {@code relay.name} is an agent. */
@AutoConfiguration
@ConditionalOnProperty("relay.name")
@EnableConfigurationProperties(RelayProperties.class)
class RelayAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    RelayAgent relayAgent(RelayProperties properties, ListableBeanFactory beans) {
        return new RelayAgent(properties, beans);
    }

    @Bean
    HealthIndicator relayHealthIndicator(RelayAgent agent) {
        return new RelayHealthIndicator(agent);
    }
}
