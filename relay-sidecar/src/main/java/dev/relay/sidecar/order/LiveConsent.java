package dev.relay.sidecar.order;

import org.jspecify.annotations.Nullable;

/** The operator's two words that the orders of this account are real: in the configuration, and on the command line. */
public record LiveConsent(String account) {
    /**
     * Null: no consent.
     *
     * @param isConfigured {@code live: true} stands in the configuration
     * @param accepted the account named by {@code --i-accept-live}
     * @throws IllegalArgumentException when only one of the two was said, or another account was named
     */
    public static @Nullable LiveConsent of(String account, boolean isConfigured, @Nullable String accepted) {
        if (!isConfigured && accepted == null) {
            return null;
        }
        if (!isConfigured || !account.equals(accepted)) {
            throw new IllegalArgumentException("live orders need both live: true and --i-accept-live " + account
                    + "; given live=" + isConfigured + " accepted=" + accepted);
        }
        return new LiveConsent(account);
    }
}
