package dev.relay.cli;

/** What others wrote (names, errors of handlers), made safe for a terminal: no control characters, so nothing in it can move the cursor or change colours. */
final class Plain {
    static String line(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return text.replaceAll("\\p{Cntrl}", " ");
            }
        }
        return text;
    }

    private Plain() {}
}
