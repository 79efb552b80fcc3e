package io.fenceline.connect.source.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.sqs.HandleOutcome;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.ReceiveOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueueTroubleTest {

    private static final ReceiveOutcome LOST = new ReceiveOutcome.Failed(
            QueueAnswer.NO_ANSWER, null, "no answer of http://127.0.0.1:9324 within 10000 ms");
    private static final ReceiveOutcome EMPTY = new ReceiveOutcome.Received(List.of());

    private final List<String> warnings = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private final QueueTrouble trouble =
            new QueueTrouble(QueueUrl.parse("http://127.0.0.1:9324/000000000000/orders"), warnings::add, notices::add);

    private long now = Long.MAX_VALUE - 1_000_000_000L;

    @Test
    void theFirstFailureIsToldAtOnceAndThoseOfAMinuteAreCounted() {
        hear(LOST);
        for (int i = 0; i < 30; i++) {
            pass(Duration.ofSeconds(1));
            hear(LOST);
        }
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("sqs:ReceiveMessage")
                .contains("1 call has failed");

        pass(Duration.ofSeconds(30));
        hear(LOST);

        assertThat(warnings).hasSize(2);
        assertThat(warnings.get(1)).contains("31 calls have failed");
    }

    @Test
    void anEndOfTroubleIsToldOnceWithItsLength() {
        hear(LOST);
        pass(Duration.ofSeconds(42));
        hear(EMPTY);
        hear(EMPTY);

        assertThat(notices).singleElement().asString().contains("succeeds again, after 42 s");
    }

    @Test
    void aSuccessWithoutTroubleIsNotTold() {
        hear(EMPTY);

        assertThat(notices).isEmpty();
    }

    @Test
    void eachActionHasItsOwnMinute() {
        hear(LOST);
        trouble.hear(
                QueueAction.DELETE,
                new HandleOutcome.Answered(List.of(
                        new HandleOutcome.Entry.Done(),
                        new HandleOutcome.Entry.NotDone(QueueAnswer.SERVER_ERROR, "InternalError", "try again"))),
                now);

        assertThat(warnings).hasSize(2);
        assertThat(warnings.get(1)).contains("sqs:DeleteMessage").contains("InternalError: try again");
    }

    @Test
    void whatStopsTheQueueIsNotToldHere() {
        hear(new ReceiveOutcome.Failed(QueueAnswer.MISSING, "AWS.SimpleQueueService.NonExistentQueue", "gone"));

        assertThat(warnings).isEmpty();
    }

    private void hear(ReceiveOutcome outcome) {
        trouble.hear(outcome, now);
    }

    private void pass(Duration by) {
        now += by.toNanos();
    }
}
