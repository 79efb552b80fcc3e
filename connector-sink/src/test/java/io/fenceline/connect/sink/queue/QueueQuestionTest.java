package io.fenceline.connect.sink.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.lane.TaskInbox;
import io.fenceline.connect.sink.queue.QueueQuestion.Step;
import io.fenceline.connect.sink.queue.SendStop.Why;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueInspection;
import io.fenceline.sqs.QueueSettings;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class QueueQuestionTest {

    private static final RetrySettings RETRIES =
            new RetrySettings(Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(10));

    private final QueueQuestion question = new QueueQuestion(RETRIES, () -> 0);

    private static QueueInspection unseen(QueueAnswer answer) {
        return new QueueInspection.Unseen(answer, answer.name(), "as scripted");
    }

    // ------------------------------------------------------------------ what is done about an answer

    @ParameterizedTest
    @EnumSource(names = {"UNREACHABLE", "SERVER_ERROR", "NO_ANSWER"})
    void itIsAskedAgainUntilTheTimeIsOver(QueueAnswer answer) {
        assertThat(question.on(unseen(answer), 0)).isInstanceOf(Step.Pause.class);
        assertThat(question.on(unseen(answer), Duration.ofSeconds(9).toNanos()))
                .isEqualTo(new Step.Pause(1_000_000, answer + ": as scripted"));
        assertThat(question.on(unseen(answer), Duration.ofSeconds(10).toNanos()))
                .isEqualTo(new Step.Unusable(new SendStop(Why.EXHAUSTED, answer.name(), "as scripted")));
    }

    @Test
    void aThrottledQuestionWaitsWithoutEnd() {
        for (int hour = 0; hour < 5; hour++) {
            assertThat(question.on(
                            unseen(QueueAnswer.THROTTLED),
                            Duration.ofHours(hour).toNanos()))
                    .isInstanceOf(Step.Pause.class);
        }
    }

    @Test
    void credentialsAreAskedForAnewOnce() {
        assertThat(question.on(unseen(QueueAnswer.DENIED), 0)).isInstanceOf(Step.Pause.class);
        assertThat(question.on(unseen(QueueAnswer.DENIED), 0))
                .isEqualTo(new Step.Unusable(new SendStop(Why.DENIED, "DENIED", "as scripted")));
    }

    @Test
    void aMissingQueueIsFinal() {
        assertThat(question.on(unseen(QueueAnswer.MISSING), 0))
                .isEqualTo(new Step.Unusable(new SendStop(Why.MISSING, "MISSING", "as scripted")));
    }

    @Test
    void answersThatAreNotOfSqsAreFinalAfterFive() {
        for (int i = 1; i < Outbox.MAX_SENSELESS; i++) {
            assertThat(question.on(unseen(QueueAnswer.SENSELESS), 0)).isInstanceOf(Step.Pause.class);
        }
        assertThat(question.on(unseen(QueueAnswer.SENSELESS), 0)).isInstanceOf(Step.Unusable.class);
    }

    // ------------------------------------------------------------------ who asks

    private final TaskInbox inbox = new TaskInbox();
    private final AtomicInteger asked = new AtomicInteger();
    private final ArrayDeque<QueueInspection> answers = new ArrayDeque<>();
    private final QueueQuestions questions = new QueueQuestions(
            "question",
            queue -> {
                asked.incrementAndGet();
                synchronized (answers) {
                    return answers.isEmpty()
                            ? unseen(QueueAnswer.UNREACHABLE)
                            : answers.size() == 1 ? answers.getFirst() : answers.removeFirst();
                }
            },
            new RetrySettings(Duration.ofMillis(1), Duration.ofMillis(1), null),
            inbox,
            System::nanoTime,
            () -> 0);

    private static final class Listener implements QueueKnowledge.Asker {
        final List<Object> heard = new ArrayList<>();

        @Override
        public void onKnown(QueueSettings settings) {
            heard.add(settings);
        }

        @Override
        public void onWaiting(String why) {
            if (heard.isEmpty()) {
                heard.add(why);
            }
        }

        @Override
        public void onUnusable(SendStop reason) {
            heard.add(reason);
        }

        Object last() {
            return heard.get(heard.size() - 1);
        }
    }

    private void awaitOf(Listener listener, Class<?> kind) throws InterruptedException {
        while (listener.heard.isEmpty() || !kind.isInstance(listener.last())) {
            inbox.drain();
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    void aQueueIsAskedOnceForAllLanesAndTellsOnTheTaskThread() throws InterruptedException {
        answers.add(unseen(QueueAnswer.UNREACHABLE));
        answers.add(new QueueInspection.Seen(QueueTaskModel.SETTINGS));
        Listener first = new Listener();
        Listener second = new Listener();
        questions.ask(OutboxRig.FIFO, first);
        questions.ask(OutboxRig.FIFO, second);
        awaitOf(first, QueueSettings.class);
        Listener third = new Listener();
        questions.ask(OutboxRig.FIFO, third);

        assertThat(first.heard).containsExactly("UNREACHABLE: as scripted", QueueTaskModel.SETTINGS);
        assertThat(second.heard).isEqualTo(first.heard);
        assertThat(third.heard).containsExactly(QueueTaskModel.SETTINGS);
        assertThat(asked).hasValue(2);
    }

    @Test
    void whatCameToNothingIsAskedAgainForTheNextLane() throws InterruptedException {
        answers.add(unseen(QueueAnswer.MISSING));
        answers.add(new QueueInspection.Seen(QueueTaskModel.SETTINGS));
        Listener first = new Listener();
        questions.ask(OutboxRig.FIFO, first);
        awaitOf(first, SendStop.class);
        Listener second = new Listener();

        questions.ask(OutboxRig.FIFO, second);

        awaitOf(second, QueueSettings.class);
    }

    @Test
    void anInspectorThatFailsIsNoSilence() throws InterruptedException {
        CountDownLatch thrown = new CountDownLatch(1);
        QueueQuestions broken = new QueueQuestions(
                "question",
                queue -> {
                    thrown.countDown();
                    throw new IllegalStateException("as scripted");
                },
                RETRIES,
                inbox,
                System::nanoTime,
                () -> 0);
        Listener listener = new Listener();

        broken.ask(OutboxRig.FIFO, listener);

        thrown.await();
        awaitOf(listener, SendStop.class);
        assertThat(listener.last()).asString().contains("as scripted");
    }

    @Test
    void closeEndsTheQuestion() throws InterruptedException {
        QueueQuestions patient = new QueueQuestions(
                "question-to-be-closed",
                queue -> unseen(QueueAnswer.UNREACHABLE),
                new RetrySettings(Duration.ofHours(1), Duration.ofHours(1), null),
                inbox,
                System::nanoTime,
                () -> 0);
        Listener listener = new Listener();
        patient.ask(OutboxRig.FIFO, listener);
        awaitOf(listener, String.class);
        Thread thread = Thread.getAllStackTraces().keySet().stream()
                .filter(one -> one.getName().equals("question-to-be-closed"))
                .findFirst()
                .orElseThrow();

        patient.close();

        thread.join();
    }
}
