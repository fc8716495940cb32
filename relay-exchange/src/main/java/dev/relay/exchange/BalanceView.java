package dev.relay.exchange;

/** Free and locked amount of one asset; decimals without trailing zeros. */
public record BalanceView(String free, String locked) {}
