package io.fenceline.sqs;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * What a call that failed as a whole comes to. Immutable.
 *
 * @param answer  what that means
 * @param code    the error code SQS gave, null without an answer of SQS's
 * @param words   what SQS said of it, in full; null without an answer of SQS's
 * @param message for people; names the endpoint or SQS's request id where it is known
 */
record CallFailure(
        QueueAnswer answer, @Nullable String code, @Nullable String words, String message) {

    private CallFailure(QueueAnswer answer, String message) {
        this(answer, null, null, message);
    }

    /**
     * Reads a failure from how far the attempt came, and only then from the exception: before the first byte of the body nothing
     * can have happened.
     *
     * @param closed whether the client was closed, which ends attempts
     */
    static CallFailure of(CallAttempt attempt, RuntimeException thrown, QueueClientConfig config, boolean closed) {
        if (attempt.heldBack()) {
            RuntimeException gate = attempt.gateFailure();
            return new CallFailure(
                    QueueAnswer.HELD_BACK,
                    gate == null ? "held back by the caller" : "the caller's gate failed: " + gate);
        }
        RuntimeException unsigned = attempt.credentialsFailure();
        if (unsigned != null) {
            return withoutCredentials(unsigned);
        }
        if (!attempt.begun()) {
            return new CallFailure(QueueAnswer.UNREACHABLE, notReached(attempt, thrown, config, closed));
        }
        if (thrown instanceof AwsServiceException error) {
            return new CallFailure(
                    AnswerReader.of(error),
                    AnswerReader.code(error),
                    AnswerReader.words(error),
                    config.endpoint() + " answered " + AnswerReader.text(error));
        }
        return answerLost(attempt, thrown, config);
    }

    private static String notReached(
            CallAttempt attempt, RuntimeException thrown, QueueClientConfig config, boolean closed) {
        if (closed) {
            return "the client is closed";
        }
        if (attempt.overdue()) {
            return "no connection to " + config.endpoint() + " within "
                    + config.connectTimeout().toMillis() + " ms";
        }
        return "nothing was sent to " + config.endpoint() + ": " + ErrorText.cause(thrown);
    }

    /** Credentials come from files, from this machine, or from STS, which can be out of reach like any service. */
    private static CallFailure withoutCredentials(RuntimeException unsigned) {
        String message = "no credentials: " + ErrorText.cause(unsigned);
        if (unsigned instanceof AwsServiceException error) {
            QueueAnswer answer = AnswerReader.of(error);
            return new CallFailure(
                    // whatever became of that call, nothing was sent to SQS
                    answer.isInDoubt()
                            ? QueueAnswer.UNREACHABLE
                            : answer == QueueAnswer.THROTTLED ? answer : QueueAnswer.DENIED,
                    AnswerReader.code(error),
                    AnswerReader.words(error),
                    "no credentials: their service answered " + AnswerReader.text(error));
        }
        boolean network = unsigned instanceof SdkClientException && ErrorText.hasNetworkCause(unsigned);
        return new CallFailure(network ? QueueAnswer.UNREACHABLE : QueueAnswer.DENIED, message);
    }

    /** The request may have arrived. */
    private static CallFailure answerLost(CallAttempt attempt, RuntimeException thrown, QueueClientConfig config) {
        if (attempt.overdue()) {
            return new CallFailure(
                    QueueAnswer.NO_ANSWER,
                    "no answer of " + config.endpoint() + " within "
                            + attempt.requestTimeout().toMillis() + " ms");
        }
        if (attempt.aborted()) {
            return new CallFailure(
                    QueueAnswer.NO_ANSWER, "the client was closed before an answer of " + config.endpoint() + " came");
        }
        if (attempt.status() >= 500) {
            return new CallFailure(
                    QueueAnswer.SERVER_ERROR, config.endpoint() + " answered " + attempt.status() + ", and no more");
        }
        boolean connection = thrown instanceof AbortedException
                || attempt.broken() == CallAttempt.Break.CONNECTION
                || attempt.broken() == CallAttempt.Break.NONE && attempt.status() == 0;
        if (connection) {
            return new CallFailure(
                    QueueAnswer.NO_ANSWER,
                    "the connection to " + config.endpoint() + " broke before an answer: " + ErrorText.cause(thrown));
        }
        return new CallFailure(
                QueueAnswer.SENSELESS,
                config.endpoint() + " answered what SQS does not say"
                        + (attempt.status() == 0 ? "" : ", with status " + attempt.status()) + ": "
                        + ErrorText.cause(thrown));
    }

    /**
     * An answer came, and is not one of SQS's.
     *
     * @param what is wrong with it, behind "answered 200"
     */
    static CallFailure senseless(
            CallAttempt attempt, String what, @Nullable String requestId, QueueClientConfig config) {
        String id = requestId == null || requestId.equals("UNKNOWN")
                ? ""
                : " (request id " + ErrorText.brief(requestId) + ")";
        return new CallFailure(
                QueueAnswer.SENSELESS, config.endpoint() + " answered " + attempt.status() + " " + what + id);
    }
}
