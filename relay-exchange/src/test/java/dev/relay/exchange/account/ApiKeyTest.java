package dev.relay.exchange.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class ApiKeyTest {
    private static final String SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
    private static final String PUBLISHED_PAYLOAD = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1"
            + "&price=0.1&recvWindow=5000&timestamp=1499827319559";
    private static final String PUBLISHED_SIGNATURE =
            "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";

    @Test
    void shouldVerifyThePublishedHmacExample() {
        ApiKey key = new ApiKey.Hmac("key", SECRET);
        assertThat(key.verifies(PUBLISHED_PAYLOAD, PUBLISHED_SIGNATURE)).isTrue();
        assertThat(key.verifies(PUBLISHED_PAYLOAD + "0", PUBLISHED_SIGNATURE)).isFalse();
        assertThat(key.toString()).doesNotContain(SECRET);
    }

    @Test
    void shouldVerifyEd25519() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(pair.getPrivate());
        signer.update("timestamp=1".getBytes(StandardCharsets.UTF_8));
        String signature = Base64.getEncoder().encodeToString(signer.sign());
        ApiKey key = new ApiKey.Ed25519(
                "key", Base64.getEncoder().encodeToString(pair.getPublic().getEncoded()));
        assertThat(key.verifies("timestamp=1", signature)).isTrue();
        assertThat(key.verifies("timestamp=2", signature)).isFalse();
        assertThat(key.verifies("timestamp=1", "not base64!")).isFalse();
    }
}
