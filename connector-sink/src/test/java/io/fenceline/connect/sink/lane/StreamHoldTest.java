package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.claim.Anchor;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.ClaimRequest;
import io.fenceline.connect.sink.claim.Ownership;
import io.fenceline.s2.wire.FencingToken;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class StreamHoldTest {

    private final StreamHold hold = new StreamHold();

    private ClaimRequest claim() {
        return hold.claim(new TopicPartition("t", 0), "t/0", false);
    }

    private void own(long fence) {
        hold.take(new Ownership(new FencingToken("fence-" + fence), Checkpoint.NOTHING, fence, 9L, Anchor.UNKNOWN, -1));
    }

    @Test
    void whatIsClearBeforeAClaimSaysNothingOfWhatIsWrittenBehindIt() {
        own(5);
        hold.nothingInDoubtBelow(Long.MAX_VALUE);
        assertThat(claim().clearBelow()).isEqualTo(Long.MAX_VALUE);

        own(7);

        assertThat(claim().clearBelow()).isZero();
    }

    @Test
    void whatIsClearSaysNothingOfWhatAnotherOwnerWrites() {
        own(5);
        hold.nothingInDoubtBelow(Long.MAX_VALUE);

        hold.loseTo(new FencingToken("another"));

        assertThat(claim().clearBelow()).isZero();
    }

    @Test
    void whatIsClearCountsOnlyForAStreamThatWasOurs() {
        hold.nothingInDoubtBelow(Long.MAX_VALUE);

        assertThat(claim().clearBelow()).isZero();
    }
}
