package io.fenceline.s2;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Where the access token of each request comes from. Any thread may call; nothing blocks. */
public interface AccessTokens extends AutoCloseable {

    /** The token for a request that begins now; null sends none. */
    @Nullable
    String current();

    /**
     * S2 has refused a request that carried {@code refused}: looks whether there is another one by now.
     *
     * @return completes soon and never with a failure, on any thread: whether {@link #current} is another one than that
     */
    CompletableFuture<Boolean> isReplaced(@Nullable String refused);

    /** Looks no more; what is asked is still answered. */
    @Override
    void close();

    /** One token for good; null sends none. */
    static AccessTokens fixed(@Nullable String token) {
        return new Fixed(token);
    }

    /** A token that nobody replaces. */
    record Fixed(@Nullable String current) implements AccessTokens {

        @Override
        public CompletableFuture<Boolean> isReplaced(@Nullable String refused) {
            return CompletableFuture.completedFuture(false);
        }

        @Override
        public void close() {}

        /** The token does not show. */
        @Override
        public String toString() {
            return current == null ? "no access token" : "an access token";
        }
    }
}
