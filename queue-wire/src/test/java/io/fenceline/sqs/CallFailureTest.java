package io.fenceline.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What a failure comes to where the network would decide by chance which exception is seen. */
class CallFailureTest {

    private final QueueClientConfig config = QueueClientConfig.forEndpoint(URI.create("http://sqs.example:9324"));
    private final CallAttempt attempt = new CallAttempt(() -> true, () -> 0, 10, 100);

    /** Its thread may see the socket closed under it, or an answer that ends too early. */
    @Test
    void anAttemptThatIsEndedByClosingTheClientHasNoAnswerWhateverItsThreadSaw() {
        attempt.connecting(() -> {});
        assertThat(attempt.mayBegin()).isTrue();
        attempt.abort();
        attempt.broken(CallAttempt.Break.FORM);

        CallFailure failure = CallFailure.of(attempt, SdkClientException.create("ended too early"), config, true);

        assertThat(failure.answer()).isEqualTo(QueueAnswer.NO_ANSWER);
        assertThat(failure.message()).contains("closed").contains("http://sqs.example:9324");
    }

    @Test
    void anAnswerThatEndsTooEarlyByItselfIsSenseless() {
        attempt.connecting(() -> {});
        assertThat(attempt.mayBegin()).isTrue();
        attempt.broken(CallAttempt.Break.FORM);

        CallFailure failure = CallFailure.of(attempt, SdkClientException.create("ended too early"), config, false);

        assertThat(failure.answer()).isEqualTo(QueueAnswer.SENSELESS);
    }
}
