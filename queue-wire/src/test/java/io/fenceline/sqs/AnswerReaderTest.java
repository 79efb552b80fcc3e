package io.fenceline.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.SqsException;

/** What codes mean, in the spellings that servers give them. */
class AnswerReaderTest {

    @ParameterizedTest(name = "{0}, sender''s fault {1}: {2}")
    @CsvSource({
        // whatever the flag says
        "RequestThrottled,                          true,  THROTTLED",
        "RequestThrottled,                          false, THROTTLED",
        "ThrottlingException,                       false, THROTTLED",
        "KMS.ThrottlingException,                   false, THROTTLED",
        "KmsThrottled,                              true,  THROTTLED",
        "OverLimit,                                 true,  OVER_LIMIT",
        "com.amazonaws.sqs#OverLimit,               false, OVER_LIMIT",
        "AccessDenied,                              true,  DENIED",
        "KMS.AccessDeniedException,                 true,  DENIED",
        "KmsDisabled,                               false, DENIED",
        "KMS.NotFoundException,                     true,  DENIED",
        "AWS.SimpleQueueService.NonExistentQueue,   true,  MISSING",
        "QueueDoesNotExist,                         false, MISSING",
        "InternalError,                             true,  SERVER_ERROR",
        "InternalFailure,                           false, SERVER_ERROR",
        "ServiceUnavailable,                        true,  SERVER_ERROR",
        // by the flag
        "InvalidMessageContents,                    true,  REFUSED",
        "InvalidParameterValue,                     true,  REFUSED",
        "Whatever,                                  true,  REFUSED",
        "Whatever,                                  false, SERVER_ERROR",
        "Whatever,                                  ,      SERVER_ERROR",
        ",                                          true,  REFUSED",
        ",                                          ,      SERVER_ERROR",
    })
    void anEntryThatFailed(String code, Boolean senderFault, QueueAnswer answer) {
        assertThat(AnswerReader.of(BatchResultErrorEntry.builder()
                        .id("0")
                        .code(code)
                        .senderFault(senderFault)
                        .build()))
                .isEqualTo(answer);
    }

    /** The words are AWS's, as far as it is known to say them. */
    @ParameterizedTest(name = "{0}: {1}: {2}")
    @CsvSource(
            delimiter = ';',
            value = {
                "ReceiptHandleIsInvalid; The input receipt handle \"x\" is not a valid receipt handle.; Unknown",
                "ReceiptHandleIsInvalid; The receipt handle has expired; Lapsed",
                "com.amazonaws.sqs#ReceiptHandleIsInvalid; ; Unknown",
                "InvalidIdFormat; The specified receipt handle isn't valid for the current version.; Unknown",
                "InvalidParameterValue; Value x for parameter ReceiptHandle is invalid. Reason: The receipt handle has"
                        + " expired.; Lapsed",
                "InvalidParameterValue; Value x for parameter ReceiptHandle is invalid. Reason: Message does not exist or"
                        + " is not available for visibility timeout change.; Unknown",
                "MessageNotInflight; The message is not in flight.; Lapsed",
                "AWS.SimpleQueueService.MessageNotInflight; ; Lapsed",
                "InvalidParameterValue; Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total"
                        + " VisibilityTimeout for the message is beyond the limit [43200 seconds].; NotDone REFUSED",
                "InvalidParameterValue; The lease has expired; NotDone REFUSED",
                "ThrottlingException; Rate exceeded; NotDone THROTTLED",
                "AccessDenied; ; NotDone DENIED",
                "QueueDoesNotExist; ; NotDone MISSING",
                "InternalError; ; NotDone SERVER_ERROR",
                "; ; NotDone REFUSED",
            })
    void aHandleThatFailed(String code, String words, String outcome) {
        HandleOutcome.Entry entry = AnswerReader.ofHandle(BatchResultErrorEntry.builder()
                .id("0")
                .code(code)
                .message(words)
                .senderFault(true)
                .build());

        assertThat(
                        entry instanceof HandleOutcome.Entry.NotDone not
                                ? "NotDone " + not.answer()
                                : entry.getClass().getSimpleName())
                .isEqualTo(outcome);
    }

    /** AWS repeats the handle, of hundreds of characters, before it says what is wrong with it. */
    @Test
    void whatIsSaidBehindALongHandleIsReadToo() {
        String words = "Value " + "A".repeat(1000)
                + " for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.";

        assertThat(AnswerReader.ofHandle(BatchResultErrorEntry.builder()
                        .id("0")
                        .code("InvalidParameterValue")
                        .message(words)
                        .senderFault(true)
                        .build()))
                .isInstanceOf(HandleOutcome.Entry.Lapsed.class);
    }

    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource({
        "400, AWS.SimpleQueueService.QueueDeletedRecently, MISSING",
        "400, InvalidClientTokenId,                        DENIED",
        "403, InvalidClientTokenId,                        DENIED",
        "403, RequestThrottled,                            THROTTLED",
        "429, Whatever,                                    THROTTLED",
        "401, Whatever,                                    DENIED",
        "404, Whatever,                                    MISSING",
        "400, Whatever,                                    REFUSED",
        "408, Whatever,                                    NO_ANSWER",
        "418, Whatever,                                    SENSELESS",
        "301, Whatever,                                    SENSELESS",
        "400, InternalError,                               SERVER_ERROR",
        "500, InvalidMessageContents,                      SERVER_ERROR",
        "599, AccessDenied,                                SERVER_ERROR",
        "408, ,                                            NO_ANSWER",
        "400, ,                                            SENSELESS",
    })
    void aRequestThatFailedWithoutAClassOfItsOwn(int status, String code, QueueAnswer answer) {
        assertThat(AnswerReader.of(error(status, code, null))).isEqualTo(answer);
    }

    /** What a server writes ends up in logs and in Connect's status topic. */
    @Test
    void aTextIsOneLineAndNoLongerThanPeopleRead() {
        assertThat(AnswerReader.text(error(400, "Whatever", "first\nsecond " + "x".repeat(1_000_000))))
                .startsWith("status 400 Whatever: first second xxx")
                .endsWith("…")
                .hasSizeLessThan(600)
                .doesNotContain("\n");
    }

    private static AwsServiceException error(int status, String code, String message) {
        return SqsException.builder()
                .statusCode(status)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode(code)
                        .errorMessage(message)
                        .build())
                .build();
    }
}
