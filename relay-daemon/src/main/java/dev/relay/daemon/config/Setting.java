package dev.relay.daemon.config;

/**
 * One key, its value and where the value comes from.
 *
 * @param origin {@code default}, the file, {@code environment NAME} or {@code flag}
 */
public record Setting(String key, String value, String origin) {}
