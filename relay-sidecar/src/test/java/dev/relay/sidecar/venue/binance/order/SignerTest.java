package dev.relay.sidecar.venue.binance.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SignerTest {
    private static final String SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
    private final Signer signer = new Signer(SECRET);

    @Test
    void shouldSignSocketParametersSortedByName() {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("symbol", "BTCUSDT");
        params.put("side", "SELL");
        params.put("type", "LIMIT");
        params.put("timeInForce", "GTC");
        params.put("quantity", "0.01000000");
        params.put("price", "52000.00");
        params.put("recvWindow", 100);
        params.put("timestamp", 1645423376532L);
        params.put("apiKey", "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A");
        assertThat(signer.sign(params)).isEqualTo("aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24");
    }

    @Test
    void shouldSignAQueryAsItStands() {
        assertThat(signer.sign("symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
                        + "&recvWindow=5000&timestamp=1499827319559"))
                .isEqualTo("c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71");
    }

    @Test
    void shouldRefuseAddressesThatAreNotPaper() {
        URI loopback = URI.create("ws://127.0.0.1:1/ws-api/v3");
        URI live = URI.create("wss://ws-api.binance.com:443/ws-api/v3");
        URI trick = URI.create("https://testnet.binance.vision.example.com");
        URI rest = URI.create("https://testnet.binance.vision");
        assertThat(BinanceOrderConfig.of(loopback, rest, "k", "s").rest()).isEqualTo(rest);
        assertThatThrownBy(() -> BinanceOrderConfig.of(live, rest, "k", "s"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("paper only");
        assertThatThrownBy(() -> BinanceOrderConfig.of(loopback, trick, "k", "s"))
                .hasMessageContaining("paper only");
    }

    @Test
    void shouldKeepTheSecretOutOfText() {
        URI loopback = URI.create("http://127.0.0.1:1");
        assertThat(BinanceOrderConfig.of(loopback, loopback, "akey", "asecret").toString())
                .doesNotContain("asecret")
                .doesNotContain("akey");
    }
}
