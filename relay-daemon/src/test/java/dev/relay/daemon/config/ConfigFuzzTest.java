package dev.relay.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.fuzz.Mutator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** F1: mutated configurations are taken, or refused with all their mistakes; never anything else. */
class ConfigFuzzTest {
    private static final String KNOWN = """
            # relay
            daemon:
              socket: /run/relay/relay.sock
              data_dir: "/var/lib/relay"   # quoted
              allow_uids: 1000, 1001
              allow_send: "strategy-* -> orders, paper/* -> logger"
              allow_publish: feed -> md.>
              operators: cli, ops-*
              sync: full
              pause_at: 900
            sidecar:
              symbols: [BTC-USDT]
            lane_queue: 2000
            tcp_port: 0
            """;

    @Test
    void F1_shouldTakeOrRefuseAMutatedConfiguration() {
        Mutator mutator = new Mutator(List.of(
                KNOWN.getBytes(StandardCharsets.UTF_8),
                "admin_port: 1\nwindow_bytes: 99999999999999999999\n".getBytes(StandardCharsets.UTF_8)));
        mutator.run(10, (number, random) -> {
            String text = new String(mutator.mutated(), StandardCharsets.UTF_8);
            Mistakes mistakes = new Mistakes();
            Map<String, String> values =
                    ConfigFile.parse(Path.of("relay.yaml"), text.lines().toList(), mistakes);
            try {
                DaemonConfig config = ConfigLoader.load(new HashMap<>(values), Map.of(), null);
                assertThat(config.flow().pauseAtMessages()).isBetween(2, 100_000);
            } catch (ConfigException refused) {
                assertThat(refused.mistakes())
                        .isNotEmpty()
                        .allSatisfy(mistake -> assertThat(mistake).isNotBlank());
            }
        });
    }
}
