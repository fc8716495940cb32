package dev.relay.examples.spring;

import dev.relay.client.Message;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application with one handler. Run it with {@code --relay.name=pricer}. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class PriceApplication {
    /** What the application does, as any bean. */
    static class Prices {
        @RelayHandler("price")
        Map<String, String> price(Message request) {
            return Map.of("symbol", String.valueOf(request.json().get("symbol")), "px", "64000.10");
        }
    }

    @Bean
    Prices prices() {
        return new Prices();
    }

    public static void main(String[] args) {
        SpringApplication.run(PriceApplication.class, args);
    }
}
