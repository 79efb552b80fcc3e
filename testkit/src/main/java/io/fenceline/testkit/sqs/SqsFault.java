package io.fenceline.testkit.sqs;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Something that goes wrong with one request at the scripted server. {@code applied} says on which side of the queue: true,
 * and the request had its whole effect before; false, and it had none.
 */
public sealed interface SqsFault {

    /** No fault: lets that many requests through. */
    record Pass(int requests) implements SqsFault {}

    /** An error in SQS's own form. */
    record ErrorAnswer(int status, String code, String message, boolean applied) implements SqsFault {}

    /** An answer with this body, whatever it is. */
    record ForeignAnswer(int status, String contentType, String body, boolean applied) implements SqsFault {}

    /** The connection is closed in place of an answer. */
    record DropConnection(boolean applied) implements SqsFault {}

    /** Applied, and the connection ends in the middle of the answer's body. */
    record TruncatedAnswer() implements SqsFault {}

    /** Nothing happens until the server is told to release it; the request has its effect then, or had it at once. */
    record Hold(boolean applied) implements SqsFault {}

    /** Entries of one request that the predicate holds for. The others are served. */
    record Entries(Predicate<SentEntry> which, EntryFault fault) implements SqsFault {}

    /** Handles of one delete or change of visibility that the predicate holds for. The others are served. */
    record Handles(Predicate<HandleEntry> which, EntryFault fault) implements SqsFault {}

    /** Messages of one receive that the predicate holds for. The others are given out. */
    record Deliveries(Predicate<QueuedMessage> which, EntryFault fault) implements SqsFault {}

    // ---- the usual ones

    static SqsFault pass(int requests) {
        return new Pass(requests);
    }

    /** Status 400, as SQS answers when it is asked too often. */
    static SqsFault throttled() {
        return new ErrorAnswer(400, "RequestThrottled", "Request is throttled.", false);
    }

    /** Status 403, as SQS answers when the policy does not allow to send. */
    static SqsFault denied() {
        return denied("sqs:sendmessage");
    }

    /** Status 403, as SQS answers when the policy does not allow the action, such as {@code sqs:deletemessage}. */
    static SqsFault denied(String action) {
        return new ErrorAnswer(
                403,
                "AccessDeniedException",
                "User: arn:aws:iam::000000000000:user/scripted is not authorized to perform: " + action,
                false);
    }

    static SqsFault internalError(boolean applied) {
        return new ErrorAnswer(500, "InternalFailure", "We encountered an internal error. Please try again.", applied);
    }

    static SqsFault unavailable(boolean applied) {
        return new ErrorAnswer(503, "ServiceUnavailable", "Service is unavailable. Please try again.", applied);
    }

    /** What a proxy or a portal answers in SQS's place. */
    static SqsFault html(boolean applied) {
        return new ForeignAnswer(200, "text/html", "<html><body>Please sign in</body></html>", applied);
    }

    /** JSON, and not SQS's. */
    static SqsFault senseless(boolean applied) {
        return new ForeignAnswer(200, "application/x-amz-json-1.0", "{\"Successful\":\"yes\"}", applied);
    }

    /** Every entry of one send. */
    static SqsFault allEntries(EntryFault fault) {
        return new Entries(entry -> true, fault);
    }

    /** Every handle of one delete or change of visibility. */
    static SqsFault allHandles(EntryFault fault) {
        return new Handles(entry -> true, fault);
    }

    /** Every message of one receive. */
    static SqsFault allMessages(EntryFault fault) {
        return new Deliveries(message -> true, fault);
    }

    /** What this fault does to parts of its request; nothing if it is of the request as a whole. */
    default EntryFaults ofParts() {
        return new EntryFaults() {
            @Override
            public @Nullable EntryFault of(SentEntry entry) {
                return SqsFault.this instanceof Entries entries && entries.which.test(entry) ? entries.fault : null;
            }

            @Override
            public @Nullable EntryFault of(String operation, HandleEntry entry) {
                return SqsFault.this instanceof Handles handles && handles.which.test(entry) ? handles.fault : null;
            }

            @Override
            public @Nullable EntryFault of(QueuedMessage message) {
                return SqsFault.this instanceof Deliveries messages && messages.which.test(message)
                        ? messages.fault
                        : null;
            }
        };
    }
}
