package io.fenceline.append;

/** What a session does about batches whose outcome a broken attempt leaves open. */
public enum RetryPolicy {
    /** Sends the same bytes again under the same position and token, and reads the stream back when the service says no. */
    FENCED,
    /** Retries only what certainly had no effect; any open outcome ends the session as {@link SessionEnd.InDoubt}. */
    NO_SIDE_EFFECTS,
    /** Sends everything unacknowledged again, in order; without a guard records may be written twice. */
    ALL
}
