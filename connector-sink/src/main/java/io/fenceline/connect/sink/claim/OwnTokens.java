package io.fenceline.connect.sink.claim;

import io.fenceline.s2.wire.FencingToken;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Tokens of ours that may be in force without our knowing: finding one is no takeover by somebody else.
 *
 * <p>Bounded, as an outage may last for days and each attempt has a fresh token. Of many the first and the last are kept: while
 * no answer comes, all attempts stand on the same condition and only one of them can take effect, most likely the first or
 * the last. Were it one in between, the stream would be taken back as from another writer, which costs one of the takeovers
 * that are allowed, and no record.
 *
 * <p>Thread-safe: a claim adds on the session loop, the task thread looks.
 */
public final class OwnTokens {

    /** Kept of the first, and of the last, at about 150 bytes each. */
    static final int KEPT_OF_EACH_END = 64;

    private final LinkedHashSet<FencingToken> tokens = new LinkedHashSet<>();

    /** About to be sent. */
    public synchronized void add(FencingToken token) {
        tokens.add(token);
        if (tokens.size() > 2 * KEPT_OF_EACH_END) {
            Iterator<FencingToken> fromTheFirst = tokens.iterator();
            for (int i = 0; i <= KEPT_OF_EACH_END; i++) {
                fromTheFirst.next();
            }
            fromTheFirst.remove();
        }
    }

    public synchronized void addAll(Collection<FencingToken> more) {
        more.forEach(this::add);
    }

    /** It did not take effect, and will not. */
    public synchronized void remove(FencingToken refused) {
        tokens.remove(refused);
    }

    public synchronized boolean contains(FencingToken token) {
        return tokens.contains(token);
    }

    /** All that were sent before are out of force for good. */
    public synchronized void clear() {
        tokens.clear();
    }

    public synchronized Set<FencingToken> snapshot() {
        return Collections.unmodifiableSet(new LinkedHashSet<>(tokens));
    }
}
