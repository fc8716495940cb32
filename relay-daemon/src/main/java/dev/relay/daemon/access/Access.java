package dev.relay.daemon.access;

import dev.relay.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * Decides who may be who and who may do what (invariants I46, I50). A name belongs to the user id that first used it; another one, and a
 * peer without a user id, needs the name's token or the admin token. Processes of the daemon's own user are trusted as operators unless
 * {@code operators} names them. Immutable; any thread.
 */
public final class Access {
    /** What HELLO gets: a code with its reason, or the session's rights. */
    public record Admission(@Nullable ErrorCode code, String why, boolean isOperator) {
        static Admission refused(String why) {
            return new Admission(ErrorCode.UNAUTHORIZED, why, false);
        }
    }

    private static final int ANY_UID = -1;

    private final int ownUid;
    private final AccessRules rules;
    private final Tokens tokens;

    /** {@code ownUid}: the user that the daemon runs as. */
    public Access(int ownUid, AccessRules rules, Tokens tokens) {
        this.ownUid = ownUid;
        this.rules = rules;
        this.tokens = tokens;
    }

    /** For a bus without a transport: peers of any user id are operators; names still belong to their first user id. */
    public static Access trusting() {
        return new Access(ANY_UID, AccessRules.open(), Tokens.none());
    }

    /**
     * Judges a HELLO.
     *
     * @param uid of the peer by the kernel, -1 when it cannot be known
     * @param boundUid of the name's owner, -1 when it has none
     * @param auth the token that the peer presents, "" for none
     */
    public Admission admit(String namespace, String name, int uid, int boundUid, String auth) {
        boolean isAdmin = !auth.isEmpty() && tokens.isAdmin(auth);
        boolean holdsName = isAdmin || (!auth.isEmpty() && tokens.holds(namespace, name, auth));
        if (!auth.isEmpty() && !holdsName) {
            return Admission.refused("auth is not the token of this name.");
        }
        if (uid < 0 && !holdsName && ownUid != ANY_UID) {
            return Admission.refused("a peer without a user id needs the name's token as auth.");
        }
        if (uid >= 0 && boundUid >= 0 && uid != boundUid && !holdsName) {
            return Admission.refused("the name belongs to another user: uid=" + boundUid + ".");
        }
        boolean isOwn = ownUid == ANY_UID || (uid >= 0 && uid == ownUid);
        return new Admission(null, "", isAdmin || (isOwn && rules.isOperator(namespace, name)));
    }

    public boolean maySend(String namespace, String sender, String target) {
        return rules.maySend(namespace, sender, false, target);
    }

    public boolean maySendToGroup(String namespace, String sender, String group) {
        return rules.maySend(namespace, sender, true, group);
    }

    /** And make the group by joining it. */
    public boolean mayJoin(String namespace, String agent, String group) {
        return rules.mayJoin(namespace, agent, group);
    }

    public boolean mayPublish(String namespace, String publisher, String topic) {
        return rules.mayPublish(namespace, publisher, topic);
    }

    /** Beside operators; without a list nobody. */
    public boolean mayShadow(String namespace, String watcher, String agent) {
        return rules.mayShadow(namespace, watcher, agent);
    }

    public boolean isAdmin(String token) {
        return !token.isEmpty() && tokens.isAdmin(token);
    }
}
