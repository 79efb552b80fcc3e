package io.fenceline.connect.source.s2;

import java.time.Duration;
import java.util.Optional;

/**
 * Tells that no stream has the prefix of a source, which is what a misspelled one looks like: with the first listing, and once
 * in each discovery interval until there is one. Nobody is told by a listing that fails. Owned by the task thread; moments are
 * of one monotonic clock.
 */
final class EmptyPrefixWatch {

    private final String message;
    private final long every;
    /** Nothing was told since a stream was there. */
    private boolean untold = true;

    private long toldAt;

    EmptyPrefixWatch(String basin, String prefix, Duration interval) {
        this.message = "no stream in basin '" + basin + "' begins with " + StreamSelection.PREFIX + "='" + prefix
                + "': nothing is read until there is one; if there should be, look at the prefix and at "
                + "the basin, and whether the access token may list it";
        this.every = interval.toNanos();
    }

    /** A listing of all streams with the prefix is complete. @return what to warn of, if it is time to */
    Optional<String> onListed(int streams, long now) {
        if (streams > 0) {
            untold = true;
            return Optional.empty();
        }
        if (!untold && now - toldAt < every) {
            return Optional.empty();
        }
        untold = false;
        toldAt = now;
        return Optional.of(message);
    }
}
