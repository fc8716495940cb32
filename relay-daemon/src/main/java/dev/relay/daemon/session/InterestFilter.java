package dev.relay.daemon.session;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which publications on its topics a subscription wants: by sender, names or beginnings with a star, and by content type. Immutable; tests
 * of a message allocate nothing.
 *
 * @param senders empty for all
 * @param contents content types by number, null for all
 */
public record InterestFilter(List<String> senders, @Nullable BitSet contents) {
    /** Wants everything. */
    public static final InterestFilter ALL = new InterestFilter(List.of(), null);

    public InterestFilter {
        senders = List.copyOf(senders);
    }

    public boolean isAll() {
        return senders.isEmpty() && contents == null;
    }

    public boolean wants(String sender, int content) {
        return (contents == null || contents.get(content)) && wantsSender(sender);
    }

    private boolean wantsSender(String sender) {
        for (int i = 0; i < senders.size(); i++) {
            String wanted = senders.get(i);
            int last = wanted.length() - 1;
            boolean isBeginning = wanted.charAt(last) == '*';
            if (isBeginning ? sender.regionMatches(0, wanted, 0, last) : sender.equals(wanted)) {
                return true;
            }
        }
        return senders.isEmpty();
    }
}
