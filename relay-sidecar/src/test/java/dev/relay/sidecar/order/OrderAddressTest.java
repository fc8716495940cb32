package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Orders go to the exact addresses of paper trading and nowhere else. */
class OrderAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:8080",
                "ws://localhost:9443/ws-api/v3",
                "http://[::1]:1",
                "https://testnet.binance.vision",
                "https://TESTNET.binance.vision:443",
                "wss://ws-api.testnet.binance.vision/ws-api/v3",
                "https://demo-api.binance.com",
                "wss://demo-ws-api.binance.com:9443/ws-api/v3",
                "https://paper-api.alpaca.markets",
                "wss://paper-api.alpaca.markets/stream"
            })
    void shouldTakeEachPaperAddress(String address) {
        assertThat(OrderAddress.isPaper(URI.create(address))).isTrue();
        assertThat(OrderAddress.check("rest", URI.create(address), null)).isEqualTo(URI.create(address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://api.binance.com",
                "wss://ws-api.binance.com:443/ws-api/v3",
                "https://api.alpaca.markets",
                "https://api.binance.com.evil",
                "https://testnet.binance.vision.evil.com",
                "https://evil-testnet.binance.vision",
                "https://testnet.binance.vision.",
                "http://testnet.binance.vision",
                "https://testnet.binance.vision:8443",
                "http://127.0.0.1.evil.com",
                "http://127.0.0.1@api.binance.com",
                "http://user:pass@127.0.0.1:8080",
                "https://testnet.binance.vision@evil.com",
                "https://evil.com/?testnet.binance.vision",
                "https://testnet.binance.vision/?x=1",
                "https://evil.com#testnet.binance.vision",
                "http://127.1:8080",
                "http://127.0.0.2:8080",
                "http://0.0.0.0:8080",
                "http://2130706433/",
                "http://[::ffff:127.0.0.1]:80",
                "ftp://127.0.0.1",
                "127.0.0.1:8080",
                "https://",
                "/ws-api/v3",
                "https://paper-api.alpaca.markets.co",
                "https://xn--testnet-binance-vision.com"
            })
    void shouldRefuseWhatIsNotExactlyOne(String address) {
        URI uri;
        try {
            uri = URI.create(address);
        } catch (IllegalArgumentException notAnAddress) {
            return; // refused before it got here
        }
        assertThat(OrderAddress.isPaper(uri)).isFalse();
        assertThatThrownBy(() -> OrderAddress.check("rest", uri, null)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldNeedBothWordsForALiveAddress() {
        URI live = URI.create("https://api.binance.com");
        assertThat(LiveConsent.of("main", false, null)).isNull();
        assertThatThrownBy(() -> LiveConsent.of("main", true, null)).hasMessageContaining("--i-accept-live main");
        assertThatThrownBy(() -> LiveConsent.of("main", false, "main")).hasMessageContaining("live: true");
        assertThatThrownBy(() -> LiveConsent.of("main", true, "other")).hasMessageContaining("accepted=other");
        LiveConsent consent = LiveConsent.of("main", true, "main");
        assertThat(OrderAddress.check("rest", live, consent)).isEqualTo(live);
        assertThatThrownBy(() -> OrderAddress.check("rest", URI.create("http://api.binance.com"), consent))
                .hasMessageContaining("TLS");
        assertThatThrownBy(() -> OrderAddress.check("rest", URI.create("https://a@api.binance.com"), consent))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(BinanceOrderConfig.of(live, live, "key", "secret", consent).isLive())
                .isTrue();
    }

    @Test
    void shouldKnowPaperFromLive() {
        URI paper = URI.create("https://testnet.binance.vision");
        assertThat(BinanceOrderConfig.of(paper, paper, "key", "secret").isLive())
                .isFalse();
        assertThatThrownBy(() -> BinanceOrderConfig.of(paper, URI.create("https://api.binance.com"), "key", "secret"))
                .hasMessageContaining("paper only")
                .hasMessageNotContaining("secret");
    }
}
