package io.fenceline.connect.sink.queue;

import static io.fenceline.connect.sink.queue.OutboxRig.FIFO;
import static io.fenceline.connect.sink.queue.OutboxRig.STANDARD;
import static io.fenceline.connect.sink.queue.OutboxRig.accepted;
import static io.fenceline.connect.sink.queue.OutboxRig.answered;
import static io.fenceline.connect.sink.queue.OutboxRig.failed;
import static io.fenceline.connect.sink.queue.OutboxRig.not;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.sqs.QueueAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SendTroubleTest {

    private final List<String> warnings = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private final SendTrouble trouble = new SendTrouble(warnings::add, notices::add);

    @Test
    void anOutageIsToldAtOnceThenOnceAMinuteAndItsEndIsToldToo() {
        for (int second = 0; second <= 120; second++) {
            assertThat(trouble.hear(FIFO, failed(QueueAnswer.UNREACHABLE), at(second)))
                    .isTrue();
        }
        assertThat(trouble.hear(FIFO, answered(accepted()), at(121))).isFalse();
        trouble.hear(FIFO, answered(accepted()), at(122));

        assertThat(warnings).hasSize(3);
        assertThat(warnings.get(0)).contains(FIFO.text(), "1 attempt has failed");
        assertThat(warnings.get(1)).contains("60 attempts have failed");
        assertThat(notices).hasSize(1);
        assertThat(notices.get(0)).contains(FIFO.text(), "after 121 s");
    }

    @Test
    void aQueueThatFailsNowAndThenIsToldOfOnceAMinute() {
        for (int second = 0; second < 60; second++) {
            trouble.hear(FIFO, failed(QueueAnswer.SERVER_ERROR), at(second));
            trouble.hear(FIFO, answered(accepted()), at(second));
        }

        assertThat(warnings).hasSize(1);
        assertThat(notices).hasSize(1);
    }

    @Test
    void oneMessageThatFailsIsTroubleAndNamesTheCode() {
        assertThat(trouble.hear(FIFO, answered(accepted(), not(QueueAnswer.SERVER_ERROR)), at(0)))
                .isTrue();

        assertThat(warnings).hasSize(1);
        assertThat(warnings.get(0)).contains("SERVER_ERROR");
    }

    @Test
    void eachQueueHasItsOwnTrouble() {
        trouble.hear(FIFO, failed(QueueAnswer.NO_ANSWER), at(0));
        trouble.hear(STANDARD, answered(accepted()), at(1));
        trouble.hear(STANDARD, failed(QueueAnswer.NO_ANSWER), at(2));

        assertThat(warnings).hasSize(2);
        assertThat(notices).isEmpty();
    }

    /** A stop or a report tells of it. */
    @ParameterizedTest
    @EnumSource(names = {"HELD_BACK", "REFUSED", "MISSING"})
    void whatIsToldElsewhereIsNotToldHere(QueueAnswer answer) {
        assertThat(trouble.hear(FIFO, failed(answer), at(0))).isFalse();
        assertThat(warnings).isEmpty();
    }

    private static long at(int second) {
        return Duration.ofSeconds(second).toNanos() - 7;
    }
}
