package dev.relay.sidecar.redis;

/** This Redis cannot be used; the message says what is wrong, why it matters and what to do. */
public final class RedisRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;

    RedisRefused(String code, String detail) {
        super(code + ": " + detail);
        this.code = code;
    }

    public String code() {
        return code;
    }
}
