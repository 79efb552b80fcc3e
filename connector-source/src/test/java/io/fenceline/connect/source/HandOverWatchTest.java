package io.fenceline.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HandOverWatchTest {

    private static final HandOverWatch.Words WORDS =
            new HandOverWatch.Words("mirror-3", "streams", "restore.partition=true");

    private record Timer(long at, Runnable command) {}

    private final PriorityQueue<Timer> timers = new PriorityQueue<>((one, other) -> Long.compare(one.at, other.at));
    private final List<String> warnings = new ArrayList<>();
    private boolean inProducer = true;
    private long now = Duration.ofHours(1).toNanos();
    private final HandOverWatch watch = new HandOverWatch(
            WORDS,
            () -> now,
            delay -> command -> timers.add(new Timer(now + delay.toNanos(), command)),
            thread -> inProducer,
            warnings::add);

    @Test
    void recordsNobodyTakesAreNamedByTopicAndHighestPartition() {
        watch.handedOver(List.of(record("b", 2), record("a", 7), record("a", 1), record("b", null), record("c", null)));
        watch.onConfirmed();
        pass(Duration.ofSeconds(30).minusNanos(1));
        assertThat(warnings).isEmpty();
        pass(Duration.ofNanos(1));

        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("mirror-3: for 30 s")
                .contains("4 records are open")
                .contains("asked for are: a: 7, b: 2. Look")
                .contains("producer.override.max.block.ms");
    }

    @Test
    void itIsSaidAgainEachTimeItHasLastedTwiceAsLong() {
        watch.handedOver(List.of(record("a", 7)));
        pass(Duration.ofMinutes(10));
        assertThat(warnings)
                .extracting(warning -> warning.replaceAll(".*for (\\d+) s.*", "$1"))
                .containsExactly("30", "60", "120", "240", "480");
    }

    @Test
    void whoComesBackInTimeIsNotWarnedAndTheTimeBeginsAnew() {
        for (int i = 0; i < 10; i++) {
            watch.handedOver(List.of(record("a", 7)));
            pass(Duration.ofSeconds(20));
            watch.back();
            pass(Duration.ofSeconds(1));
        }
        assertThat(warnings).isEmpty();
        watch.handedOver(List.of(record("a", 7)));
        pass(Duration.ofSeconds(29));
        assertThat(warnings).isEmpty();
        pass(Duration.ofSeconds(1));
        assertThat(warnings).hasSize(1);
    }

    /** Then Connect does not come back either, for as long as it likes. */
    @Test
    void aPausedConnectorWhoseRecordsAreAllConfirmedIsLeftAlone() {
        watch.handedOver(List.of(record("a", 7), record("a", 7)));
        watch.onConfirmed();
        pass(Duration.ofSeconds(10));
        watch.onConfirmed();
        pass(Duration.ofHours(1));
        assertThat(warnings).isEmpty();

        watch.back();
        watch.handedOver(List.of(record("a", 7)));
        pass(Duration.ofSeconds(30));
        assertThat(warnings).hasSize(1);
    }

    /** With transaction.boundary=interval the records of the open transaction are not confirmed as long as it is paused. */
    @Test
    void aPausedConnectorWithAnOpenTransactionIsLeftAloneAndWatchedAgainWhenItGoesOn() {
        watch.handedOver(List.of(record("a", 7)));
        inProducer = false;
        pass(Duration.ofHours(8));
        assertThat(warnings).isEmpty();

        watch.back();
        watch.handedOver(List.of(record("a", 7)));
        inProducer = true;
        pass(Duration.ofSeconds(60));
        assertThat(warnings).isNotEmpty();
        assertThat(warnings.get(0)).contains("for 30 s");
    }

    @Test
    void oneThatHangsAgainAfterALongTimeIsWarnedOfAgain() {
        watch.handedOver(List.of(record("a", 7)));
        pass(Duration.ofHours(4));
        warnings.clear();
        watch.back();
        watch.handedOver(List.of(record("b", 7)));
        pass(Duration.ofSeconds(61));
        assertThat(warnings).isNotEmpty().allMatch(warning -> warning.contains("b: 7"));
    }

    @Test
    void recordsHandedOverWhileAWarningIsWrittenHaveATimeOfTheirOwn() {
        List<String> said = new ArrayList<>();
        HandOverWatch[] self = new HandOverWatch[1];
        self[0] = new HandOverWatch(
                WORDS,
                () -> now,
                delay -> command -> timers.add(new Timer(now + delay.toNanos(), command)),
                thread -> true,
                warning -> {
                    said.add(warning);
                    if (said.size() == 1) {
                        self[0].back();
                        self[0].handedOver(List.of(record("b", 7)));
                    }
                });
        self[0].handedOver(List.of(record("a", 7)));
        pass(Duration.ofSeconds(60));
        assertThat(said).hasSize(2);
        assertThat(said.get(1)).contains("for 30 s").contains("b: 7");
    }

    @Test
    void topicsAreNamedAlsoWhereNoPartitionIsAskedFor() {
        watch.handedOver(List.of(record("b", null), record("a", null), record("b", null)));
        pass(Duration.ofSeconds(30));
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("Their topics are: a, b. Look whether one is missing")
                .contains("producer.override.max.block.ms")
                .doesNotContain("restore.partition");
    }

    @Test
    void aSourceWithoutASettingForPartitionsIsWarnedInItsOwnWords() {
        HandOverWatch queues = new HandOverWatch(
                new HandOverWatch.Words("orders-0", "queues", null),
                () -> now,
                delay -> command -> timers.add(new Timer(now + delay.toNanos(), command)),
                thread -> true,
                warnings::add);
        queues.handedOver(List.of(record("a", 7)));
        pass(Duration.ofSeconds(30));
        assertThat(warnings)
                .singleElement()
                .asString()
                .startsWith("orders-0: for 30 s")
                .contains("all queues of the task wait")
                .contains("The highest partitions asked for are: a: 7. Look")
                .doesNotContain("stream")
                .doesNotContain("null");
    }

    /** So that a connector that is paused for days keeps no records in memory. */
    @Test
    void recordsThatAreAllConfirmedAreLetGoOf() {
        watch.handedOver(List.of(record("a", 7), record("a", 8)));
        watch.onConfirmed();
        assertThat(watch.holdsRecords()).isTrue();
        watch.onConfirmed();
        assertThat(watch.holdsRecords()).isFalse();
    }

    @Test
    void aThreadThatSendsIsInTheProducerAndOneThatIsPausedIsNot() throws InterruptedException {
        CountDownLatch sending = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Thread sender = new Thread(
                () -> new MockProducer<byte[], byte[]>(true, null, new ByteArraySerializer(), new ByteArraySerializer())
                        .send(new ProducerRecord<>("t", null), (metadata, failure) -> {
                            sending.countDown();
                            awaitQuietly(goOn);
                        }));
        Thread paused = new Thread(() -> awaitQuietly(goOn));
        sender.start();
        paused.start();
        sending.await();
        assertThat(HandOverWatch.isInProducer(sender)).isTrue();
        assertThat(HandOverWatch.isInProducer(paused)).isFalse();
        goOn.countDown();
        sender.join();
        paused.join();
        assertThat(HandOverWatch.isInProducer(sender)).isFalse();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aTaskThatIsStoppedLeavesNoTimerBehind() {
        watch.handedOver(List.of(record("a", 7)));
        pass(Duration.ofSeconds(45));
        watch.back();
        pass(Duration.ofHours(1));
        assertThat(warnings).hasSize(1);
        assertThat(timers).isEmpty();
    }

    @Test
    void thereIsOneTimerHoweverOftenConnectComesBack() {
        for (int i = 0; i < 1_000; i++) {
            watch.handedOver(List.of(record("a", 7)));
            watch.onConfirmed();
            watch.back();
        }
        assertThat(timers).hasSize(1);
    }

    @Test
    void ofVeryManyTopicsTheFirstAreNamed() {
        watch.handedOver(IntStream.range(0, 30)
                .mapToObj(i -> record(String.valueOf((char) ('A' + i)), i))
                .toList());
        pass(Duration.ofSeconds(30));
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("T: 19 and more topics")
                .doesNotContain("U: 20");
    }

    private void pass(Duration time) {
        long end = now + time.toNanos();
        while (!timers.isEmpty() && timers.element().at <= end) {
            Timer next = timers.remove();
            now = Math.max(now, next.at);
            next.command.run();
        }
        now = end;
    }

    private static SourceRecord record(String topic, @Nullable Integer partition) {
        return new SourceRecord(Map.of(), Map.of(), topic, partition, null, null, null, null);
    }
}
