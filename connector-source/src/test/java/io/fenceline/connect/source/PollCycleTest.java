package io.fenceline.connect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PollCycleTest {

    /** Hands over what a test has put in. */
    private final class Scripted implements PollCycle.Supply {
        private final ArrayDeque<String> topics = new ArrayDeque<>();
        private @Nullable TerminalException failure;
        private @Nullable String companion;
        private int passedOver;
        private int ticks;
        private long idle = Duration.ofHours(1).toNanos();
        private Runnable beforeWaiting = () -> {};

        @Override
        public void tick() {
            ticks++;
        }

        @Override
        public boolean take(List<SourceRecord> into) {
            if (passedOver > 0) {
                passedOver--;
                return true;
            }
            while (!topics.isEmpty()) {
                into.add(record(topics.remove()));
            }
            if (failure != null) {
                throw failure;
            }
            return false;
        }

        @Override
        public void accompany(List<SourceRecord> into) {
            if (companion != null) {
                into.add(record(companion));
            }
        }

        @Override
        public long idleFor() {
            beforeWaiting.run();
            return idle;
        }
    }

    private final PollInbox inbox = new PollInbox();
    private final Scripted supply = new Scripted();
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private final List<Runnable> looks = new ArrayList<>();
    private long now = 1;
    private final HandOverWatch handOver = new HandOverWatch(
            new HandOverWatch.Words("c-0", "piles", null),
            () -> now,
            delay -> looks::add,
            thread -> true,
            warnings::add);
    private final PollCycle polls = new PollCycle(
            inbox,
            supply,
            handOver,
            TransactionWatch.of(Map.of("exactly.once.support", "required"), "3.9.2", warnings::add),
            Duration.ofHours(1));

    @Test
    void whatWasPostedIsRunBeforeAnythingIsTaken() throws InterruptedException {
        inbox.post(() -> supply.topics.add("a"));

        assertThat(topics(polls.poll())).containsExactly("a");
        assertThat(supply.ticks).isEqualTo(1);
    }

    @Test
    void aPollWithNothingWaitsUntilSomethingIsDueAndLooksOnceMore() throws InterruptedException {
        supply.idle = 0;

        assertThat(polls.poll()).isNull();
        assertThat(supply.ticks).isEqualTo(2);
    }

    @Test
    void aFailureEndsTheTaskAfterWhatCameBeforeItHasBeenHandedOver() throws InterruptedException {
        TerminalException why =
                TerminalException.of(TerminalCode.STREAM_GAP, "gone").build();
        supply.topics.add("a");
        supply.failure = why;
        supply.companion = "beat";

        assertThat(topics(polls.poll())).containsExactly("a", "beat");
        supply.failure = null;
        supply.topics.add("b");
        assertThatThrownBy(polls::poll).as("nothing behind it is taken").isSameAs(why);
        assertThat(supply.topics).containsExactly("b");
        assertThat(supply.ticks).isEqualTo(1);
    }

    @Test
    void aFailureWithNothingBeforeItEndsTheTaskAtOnce() {
        TerminalException why =
                TerminalException.of(TerminalCode.STREAM_GAP, "gone").build();
        supply.failure = why;
        supply.companion = "beat";

        assertThatThrownBy(polls::poll).isSameAs(why);
    }

    @Test
    void aPollThatPassedSomethingOverDoesNotWaitAndTheNextOneDoesAgain() throws InterruptedException {
        supply.passedOver = 1;
        assertThat(polls.poll()).isNull();
        assertThat(supply.ticks).isEqualTo(1);

        supply.idle = 0;
        assertThat(polls.poll()).isNull();
        assertThat(supply.ticks).as("it has waited in between").isEqualTo(3);
    }

    @Test
    void aTaskThatIsStoppedWhileItWaitsHandsNothingOver() throws InterruptedException {
        supply.beforeWaiting = () -> {
            inbox.post(() -> supply.topics.add("late"));
            polls.stop();
        };

        assertThat(polls.poll()).isNull();
        assertThat(supply.ticks).isEqualTo(1);
    }

    @Test
    void aTaskThatIsStoppedDoesNotWait() throws InterruptedException {
        supply.beforeWaiting = () -> {
            throw new AssertionError("it asks how long to wait");
        };
        polls.stop();

        assertThat(polls.poll()).isNull();
    }

    @Test
    void whatKafkaDoesNotTakeIsWatchedUntilConnectComesBackOrTheTaskIsStopped() throws InterruptedException {
        supply.topics.add("a");
        polls.poll();
        assertThat(handOver.holdsRecords()).isTrue();
        supply.topics.add("b");
        supply.idle = 0;
        polls.poll();
        polls.poll();
        assertThat(handOver.holdsRecords()).as("nothing was handed over last").isFalse();

        supply.topics.add("c");
        polls.poll();
        polls.stop();
        assertThat(handOver.holdsRecords()).isFalse();
    }

    @Test
    void recordsThatAreConfirmedHoweverAreNotWatchedAnyMore() throws InterruptedException {
        supply.topics.addAll(List.of("a", "b"));
        polls.poll();
        polls.onConfirmed(true);
        assertThat(handOver.holdsRecords()).isTrue();
        polls.onConfirmed(false);
        assertThat(handOver.holdsRecords()).isFalse();
    }

    @Test
    void aWorkerWithoutTransactionsIsToldByWhoConfirmsWhatKafkaHas() throws InterruptedException {
        supply.topics.addAll(List.of("a", "b"));
        polls.poll();
        onAnotherThread(() -> polls.onConfirmed(false));
        assertThat(warnings).isEmpty();
        onAnotherThread(() -> polls.onConfirmed(true));
        assertThat(warnings).singleElement().asString().contains("exactly.once.support=required");
    }

    @Test
    void afterATransactionOfFewRecordsMoreAreGatheredUntilTheTaskIsStopped() throws InterruptedException {
        supply.topics.add("a");
        polls.poll();
        polls.onConfirmed(true);
        supply.topics.add("b");
        List<String> second = new CopyOnWriteArrayList<>();
        Thread poller = new Thread(() -> {
            try {
                second.addAll(topics(polls.poll()));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        poller.start();
        while (poller.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        inbox.post(() -> supply.topics.add("c"));
        polls.stop();
        poller.join();

        assertThat(second).containsExactly("b", "c");
    }

    @Test
    void afterATransactionOfManyRecordsThereIsNoRest() throws InterruptedException {
        supply.topics.addAll(Collections.nCopies(500, "a"));
        polls.poll();
        polls.onConfirmed(true);
        supply.topics.add("b");

        assertThat(topics(polls.poll())).containsExactly("b");
    }

    @Test
    void withoutTransactionsThereIsNoRest() throws InterruptedException {
        supply.topics.add("a");
        polls.poll();
        onAnotherThread(() -> polls.onConfirmed(true));
        supply.topics.add("b");

        assertThat(topics(polls.poll())).containsExactly("b");
    }

    private static void onAnotherThread(Runnable action) throws InterruptedException {
        Thread thread = new Thread(action);
        thread.start();
        thread.join();
    }

    private static List<String> topics(@Nullable List<SourceRecord> records) {
        return records == null
                ? List.of()
                : records.stream().map(SourceRecord::topic).toList();
    }

    private static SourceRecord record(String topic) {
        return new SourceRecord(Map.of(), Map.of(), topic, null, null, null, null, null);
    }
}
