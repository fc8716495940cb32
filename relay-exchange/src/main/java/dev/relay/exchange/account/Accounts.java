package dev.relay.exchange.account;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who may trade: accounts by name, in the order they were opened, and the keys that open them. Exchange loop only. */
public final class Accounts {
    private final Map<String, Account> byName = new LinkedHashMap<>();
    private final Map<String, Account> byKey = new HashMap<>();
    private final Map<String, ApiKey> keys = new HashMap<>();
    private long uids = 1000;

    public Account open(String name, boolean house) {
        return open(name, house, house);
    }

    public Account open(String name, boolean house, boolean feeFree) {
        Account account = new Account(name, ++uids, house, feeFree);
        if (byName.putIfAbsent(name, account) != null) {
            throw new IllegalArgumentException("account exists: name=" + name);
        }
        return account;
    }

    public Collection<Account> all() {
        return byName.values();
    }

    /** Whose orders carry this name. */
    public Account owner(String name) {
        Account account = byName.get(name);
        if (account == null) {
            throw new IllegalStateException("order without account: owner=" + name);
        }
        return account;
    }

    public Account house() {
        return all().stream()
                .filter(Account::isHouse)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no house"));
    }

    public void addKey(Account account, ApiKey key) {
        keys.put(key.key(), key);
        byKey.put(key.key(), account);
    }

    /** How to give it back, null when there is no such key. */
    public @Nullable Runnable revokeKey(String key) {
        ApiKey removed = keys.remove(key);
        Account account = byKey.remove(key);
        return removed == null || account == null ? null : () -> addKey(account, removed);
    }

    public @Nullable ApiKey key(String key) {
        return keys.get(key);
    }

    public @Nullable Account ofKey(String key) {
        return byKey.get(key);
    }
}
