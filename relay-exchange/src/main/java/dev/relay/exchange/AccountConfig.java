package dev.relay.exchange;

import dev.relay.exchange.account.ApiKey;
import java.util.Map;

/** One account to open at the start: its name, its key, what it owns (decimal text per asset). */
public record AccountConfig(String name, ApiKey key, Map<String, String> balances, boolean isFeeFree) {
    public AccountConfig {
        if (name.isBlank() || name.startsWith("house-")) {
            throw new IllegalArgumentException("account needs a name not starting with house-: name=" + name);
        }
        balances = Map.copyOf(balances);
    }

    /** An account that pays commission. */
    public AccountConfig(String name, ApiKey key, Map<String, String> balances) {
        this(name, key, balances, false);
    }

    public static AccountConfig hmac(String name, String apiKey, String secret, Map<String, String> balances) {
        return new AccountConfig(name, new ApiKey.Hmac(apiKey, secret), balances);
    }

    /** As {@link #ready}, but with cash alone and without commission: a paper account of Alpaca, where positions are what was bought. */
    public static AccountConfig cash(String name) {
        AccountConfig ready = ready(name);
        return new AccountConfig(name, ready.key(), Map.of("USD", "10000000", "USDT", "10000000"), true);
    }

    /** Key {@code relay-<name>-key}, secret {@code relay-<name>-secret}, and enough of everything to trade. */
    public static AccountConfig ready(String name) {
        return hmac(
                name,
                "relay-" + name + "-key",
                "relay-" + name + "-secret",
                Map.of("USDT", "10000000", "BTC", "100", "ETH", "1000", "SOL", "20000"));
    }
}
