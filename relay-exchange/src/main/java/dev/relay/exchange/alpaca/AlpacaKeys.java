package dev.relay.exchange.alpaca;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.ApiKey;
import dev.relay.exchange.market.Venue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Key and secret as they are sent, compared in constant time. Stateless. */
final class AlpacaKeys {
    private AlpacaKeys() {}

    static @Nullable Account account(Venue venue, @Nullable String key, @Nullable String secret) {
        if (key == null || secret == null || !(venue.accounts().key(key) instanceof ApiKey.Hmac known)) {
            return null;
        }
        boolean isRight = MessageDigest.isEqual(
                known.secret().getBytes(StandardCharsets.UTF_8), secret.getBytes(StandardCharsets.UTF_8));
        return isRight ? venue.accounts().ofKey(key) : null;
    }
}
