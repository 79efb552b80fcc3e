package io.fenceline.connect.sink.queue;

/** What becomes of a message when it can no longer be learned whether SQS has it. */
public enum InDoubtPolicy {
    /** The task stops and names it; it is not sent again. */
    FAIL,
    /**
     * It is sent again, and may be there twice. What is refused then would be refused for ever, so it counts as any refused
     * record: it is diverted, or stops the task by name.
     */
    RESEND,
    /** It counts as sent, and may be missing. */
    SKIP
}
