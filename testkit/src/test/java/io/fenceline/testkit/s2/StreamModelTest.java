package io.fenceline.testkit.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.Messages.AppendInput;
import io.fenceline.s2.wire.StreamPosition;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What takes days on a server: age, and deletion of what is empty. The rest is the conformance suite's. */
class StreamModelTest {

    private final AtomicLong clock = new AtomicLong(1_000_000);

    private StreamModel stream(long ageSeconds, long minAgeSeconds) {
        return new StreamModel(
                clock::get, new StreamSettings("express", ageSeconds, "client-prefer", false, minAgeSeconds));
    }

    private static void append(StreamModel stream) throws Refused {
        AppendRecord record = new AppendRecord(null, List.of(), new byte[] {'x'});
        StreamPosition tail = stream.append(new AppendInput(List.of(record), null, null), null)
                .ack()
                .tail();
        stream.makeDurable(tail);
    }

    @Test
    void recordsExpireByTheirArrivalAndTheTailStays() throws Refused {
        StreamModel stream = stream(60, 0);
        append(stream);
        clock.addAndGet(30_000);
        append(stream);

        clock.addAndGet(30_001);
        stream.dropExpired();
        assertThat(stream.everything()).hasSize(1);
        assertThat(stream.everything().get(0).seqNum()).isEqualTo(1);

        clock.addAndGet(60_000);
        stream.dropExpired();
        assertThat(stream.everything()).isEmpty();
        assertThat(stream.durableTail()).isEqualTo(new StreamPosition(2, 1_030_000));
        append(stream);
        assertThat(stream.everything().get(0).seqNum()).isEqualTo(2);
    }

    @Test
    void recordsWithoutAnAgeStay() throws Refused {
        StreamModel stream = stream(0, 0);
        append(stream);
        clock.addAndGet(Long.MAX_VALUE / 2);
        stream.dropExpired();
        assertThat(stream.everything()).hasSize(1);
    }

    @Test
    void anEmptyStreamIsForgottenIfItsConfigurationSaysSo() throws Refused {
        StreamModel stream = stream(60, 10);
        append(stream);
        clock.addAndGet(20_000);
        assertThat(stream.isForgotten()).isFalse();
        clock.addAndGet(60_000);
        stream.dropExpired();
        assertThat(stream.isForgotten()).isTrue();

        StreamModel kept = stream(60, 0);
        clock.addAndGet(1_000_000);
        assertThat(kept.isForgotten()).isFalse();
    }

    @Test
    void nothingIsAppendedToADeletedStream() throws Refused {
        StreamModel stream = stream(60, 0);
        append(stream);
        stream.delete();
        assertThat(stream.durableTail().seqNum()).isEqualTo(2);
        assertThatThrownBy(() -> append(stream)).isInstanceOf(Refused.class).hasMessageContaining("503");
    }
}
