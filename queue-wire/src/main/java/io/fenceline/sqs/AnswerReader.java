package io.fenceline.sqs;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.InvalidAddressException;
import software.amazon.awssdk.services.sqs.model.InvalidSecurityException;
import software.amazon.awssdk.services.sqs.model.KmsAccessDeniedException;
import software.amazon.awssdk.services.sqs.model.KmsDisabledException;
import software.amazon.awssdk.services.sqs.model.KmsInvalidKeyUsageException;
import software.amazon.awssdk.services.sqs.model.KmsInvalidStateException;
import software.amazon.awssdk.services.sqs.model.KmsNotFoundException;
import software.amazon.awssdk.services.sqs.model.KmsOptInRequiredException;
import software.amazon.awssdk.services.sqs.model.KmsThrottledException;
import software.amazon.awssdk.services.sqs.model.OverLimitException;
import software.amazon.awssdk.services.sqs.model.QueueDeletedRecentlyException;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;
import software.amazon.awssdk.services.sqs.model.RequestThrottledException;
import software.amazon.awssdk.services.sqs.model.ResourceNotFoundException;

/**
 * What SQS's errors mean, of a request, of an entry and of a handle. Classes come before codes: the code of a missing queue differs between
 * servers, the class the SDK makes of it does not. Codes are read where there is no class, which is so for what all of AWS's
 * services share, and for entries.
 */
final class AnswerReader {

    /** As the SDK counts them, and SQS's and KMS's own; without a namespace before '.' or '#', or {@code Exception} behind. */
    private static final Set<String> THROTTLING = Set.of(
            "Throttling",
            "Throttled",
            "ThrottledRequest",
            "RequestThrottled",
            "TooManyRequests",
            "SlowDown",
            "RequestLimitExceeded",
            "BandwidthLimitExceeded",
            "ProvisionedThroughputExceeded",
            "TransactionInProgress",
            "LimitExceeded",
            "PriorRequestNotComplete",
            "EC2Throttled");

    /**
     * {@code KmsNotFound} or {@code KMS.NotFoundException}: a key that cannot be used, which no message is to blame for, and which
     * somebody has to see to as to a missing permission.
     */
    private static final String KMS = "kms";

    private static final Set<String> LIMITS = Set.of("OverLimit");

    private static final Set<String> DENYING = Set.of(
            "AccessDenied",
            "AuthFailure",
            "ExpiredToken",
            "IncompleteSignature",
            "InvalidAccess",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSecurity",
            "InvalidSignature",
            "MissingAuthenticationToken",
            "MissingClientTokenId",
            "NotAuthorized",
            "OptInRequired",
            "RequestExpired",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "TokenRefreshRequired",
            "UnauthorizedOperation",
            "UnrecognizedClient");

    private static final Set<String> MISSING =
            Set.of("NonExistentQueue", "QueueDoesNotExist", "QueueDeletedRecently", "InvalidAddress");

    /** Whatever they say of whose fault it was, an attempt that failed inside of SQS may have had its effect. */
    private static final Set<String> INTERNAL = Set.of(
            "InternalError",
            "InternalFailure",
            "InternalServerError",
            "InternalServer",
            "ServiceUnavailable",
            "Unavailable");

    /** Said by a server that speaks AWS's protocols and is not SQS. */
    private static final Set<String> NOT_SQS = Set.of("UnknownOperation", "InvalidAction", "ActionNotImplemented");

    private static final Set<String> HANDLES = Set.of("ReceiptHandleIsInvalid", "InvalidIdFormat");

    /** Said of any parameter, which the message names. */
    private static final Set<String> VALUES = Set.of("InvalidParameterValue", "InvalidAttributeValue");

    private AnswerReader() {}

    /** What an answer other than 2xx says of the request as a whole. */
    static QueueAnswer of(AwsServiceException error) {
        int status = error.statusCode();
        if (status >= 500) {
            return QueueAnswer.SERVER_ERROR;
        }
        String code = code(error);
        if (code == null) {
            return withoutCode(status, error.requestId());
        }
        QueueAnswer known = byClass(error);
        if (known == null) {
            known = byCode(code);
        }
        if (known != null) {
            return known;
        }
        return switch (status) {
            case 400, 413 -> QueueAnswer.REFUSED;
            case 401, 403 -> QueueAnswer.DENIED;
            case 404 -> QueueAnswer.MISSING;
            case 429 -> QueueAnswer.THROTTLED;
            case 408 -> QueueAnswer.NO_ANSWER;
            // none of SQS's statuses: a gateway's, and what it did before is unknown
            default -> QueueAnswer.SENSELESS;
        };
    }

    /** An answer without a code is a proxy's, unless it bears the number SQS gives to each request. */
    private static QueueAnswer withoutCode(int status, @Nullable String requestId) {
        return switch (status) {
            case 401, 403 -> requestId != null ? QueueAnswer.DENIED : QueueAnswer.SENSELESS;
            // "later", in plain HTTP; who said so and what went before is unknown
            case 429 -> QueueAnswer.SERVER_ERROR;
            case 408 -> QueueAnswer.NO_ANSWER;
            default -> QueueAnswer.SENSELESS;
        };
    }

    private static @Nullable QueueAnswer byClass(AwsServiceException error) {
        if (error instanceof QueueDoesNotExistException
                || error instanceof QueueDeletedRecentlyException
                || error instanceof InvalidAddressException
                || error instanceof ResourceNotFoundException) {
            return QueueAnswer.MISSING;
        }
        if (error instanceof RequestThrottledException || error instanceof KmsThrottledException) {
            return QueueAnswer.THROTTLED;
        }
        if (error instanceof OverLimitException) {
            return QueueAnswer.OVER_LIMIT;
        }
        if (error instanceof InvalidSecurityException
                || error instanceof KmsAccessDeniedException
                || error instanceof KmsDisabledException
                || error instanceof KmsInvalidKeyUsageException
                || error instanceof KmsInvalidStateException
                || error instanceof KmsNotFoundException
                || error instanceof KmsOptInRequiredException) {
            return QueueAnswer.DENIED;
        }
        return null;
    }

    /**
     * What became of an entry that failed. Its code comes before {@code SenderFault}: ElasticMQ puts every failure down to the
     * sender, and AWS's documentation says of none of the codes whose fault they are.
     */
    static QueueAnswer of(BatchResultErrorEntry entry) {
        QueueAnswer known = entry.code() == null ? null : byCode(entry.code());
        if (known != null) {
            return known;
        }
        return Boolean.TRUE.equals(entry.senderFault()) ? QueueAnswer.REFUSED : QueueAnswer.SERVER_ERROR;
    }

    /**
     * What became of a handle that failed. That its time is over SQS says in words only: with {@code InvalidParameterValue} and
     * "The receipt handle has expired" (DeleteMessage on a FIFO queue), in a batch with {@code ReceiptHandleIsInvalid} and the same
     * words; a change of visibility may also be answered with "Message does not exist or is not available for visibility timeout
     * change", which leaves open whether the message is there.
     */
    static HandleOutcome.Entry ofHandle(BatchResultErrorEntry entry) {
        HandleOutcome.Entry known = ofHandle(entry.code(), entry.message());
        return known != null
                ? known
                : new HandleOutcome.Entry.NotDone(
                        of(entry),
                        entry.code() == null ? MessageBatch.NO_CODE : ErrorText.brief(entry.code()),
                        ErrorText.brief(entry.message()));
    }

    /** The same of a request with a single handle that failed as a whole; null if the handle is not what failed. */
    static HandleOutcome.@Nullable Entry ofHandle(CallFailure failure) {
        return failure.answer().isInDoubt() ? null : ofHandle(failure.code(), failure.words());
    }

    private static HandleOutcome.@Nullable Entry ofHandle(@Nullable String code, @Nullable String words) {
        String word = code == null ? "" : word(code);
        String said = words == null ? "" : words;
        boolean lapsed = word.equals("MessageNotInflight");
        boolean ofTheHandle =
                lapsed || HANDLES.contains(word) || VALUES.contains(word) && said.contains("ReceiptHandle");
        if (code == null || !ofTheHandle) {
            return null;
        }
        // in full, for a handle of hundreds of characters comes before
        return lapsed || said.contains("has expired")
                ? new HandleOutcome.Entry.Lapsed(ErrorText.brief(code), ErrorText.brief(words))
                : new HandleOutcome.Entry.Unknown(ErrorText.brief(code), ErrorText.brief(words));
    }

    private static @Nullable QueueAnswer byCode(String code) {
        String word = word(code);
        if (code.regionMatches(true, 0, KMS, 0, KMS.length())) {
            return word.contains("Thrott") ? QueueAnswer.THROTTLED : QueueAnswer.DENIED;
        }
        if (THROTTLING.contains(word)) {
            return QueueAnswer.THROTTLED;
        }
        if (LIMITS.contains(word)) {
            return QueueAnswer.OVER_LIMIT;
        }
        if (DENYING.contains(word)) {
            return QueueAnswer.DENIED;
        }
        if (MISSING.contains(word)) {
            return QueueAnswer.MISSING;
        }
        if (INTERNAL.contains(word)) {
            return QueueAnswer.SERVER_ERROR;
        }
        return NOT_SQS.contains(word) ? QueueAnswer.SENSELESS : null;
    }

    /** {@code AWS.SimpleQueueService.NonExistentQueue}, {@code com.amazonaws.sqs#OverLimit}, {@code ThrottlingException}: one word. */
    private static String word(String code) {
        String word = code.substring(Math.max(code.lastIndexOf('.'), code.lastIndexOf('#')) + 1);
        return word.endsWith("Exception") ? word.substring(0, word.length() - "Exception".length()) : word;
    }

    /** SQS's code; null if the answer has none. */
    static @Nullable String code(AwsServiceException error) {
        AwsErrorDetails details = error.awsErrorDetails();
        String code = details == null ? null : details.errorCode();
        return code == null || code.isBlank() ? null : code;
    }

    /** SQS's own words, in full; null if the answer has none. */
    static @Nullable String words(AwsServiceException error) {
        AwsErrorDetails details = error.awsErrorDetails();
        return details == null ? null : details.errorMessage();
    }

    /** {@code status 400 OverLimit: words of SQS's (request id x)}. */
    static String text(AwsServiceException error) {
        String code = code(error);
        StringBuilder text = new StringBuilder().append("status ").append(error.statusCode());
        if (code != null) {
            text.append(' ').append(ErrorText.brief(code));
        }
        String words = words(error);
        if (words != null && !words.isBlank()) {
            text.append(": ").append(ErrorText.brief(words));
        }
        if (error.requestId() != null) {
            text.append(" (request id ")
                    .append(ErrorText.brief(error.requestId()))
                    .append(')');
        }
        return text.toString();
    }
}
