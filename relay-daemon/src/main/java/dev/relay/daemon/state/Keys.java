package dev.relay.daemon.state;

/** Keys of states and of conflated topics. Stateless. */
final class Keys {
    private static final int MAX_CHARS = 128;

    /** 1 to {@value #MAX_CHARS} characters, none of them a control character. */
    static boolean isKey(String key) {
        return !key.isEmpty() && key.length() <= MAX_CHARS && key.chars().noneMatch(Character::isISOControl);
    }

    private Keys() {}
}
