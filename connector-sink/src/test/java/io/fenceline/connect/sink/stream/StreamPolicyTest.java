package io.fenceline.connect.sink.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.Guard;
import io.fenceline.append.RetryPolicy;
import io.fenceline.connect.sink.claim.ClaimTiming;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.wire.FencingToken;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StreamPolicyTest {

    @Test
    void aSessionHasEverySettingThatIsForIt() {
        RetrySettings retries = new RetrySettings(Duration.ofSeconds(8), Duration.ofSeconds(9), Duration.ofSeconds(10));
        StreamPolicy policy = new StreamPolicy(
                "orders-to-s2",
                "acme",
                true,
                true,
                new StreamPolicy.Claims(false, 1, Duration.ofSeconds(1)),
                new StreamPolicy.Batching(2, 3, Duration.ofSeconds(2)),
                new StreamPolicy.Sessions(
                        RetryPolicy.FENCED, 4, Duration.ofSeconds(5), Duration.ofSeconds(6), Duration.ofSeconds(7)),
                new ClaimTiming(retries, Duration.ofSeconds(11)));
        Guard guard = new Guard(new FencingToken("t"), 12);

        assertThat(policy.session(guard))
                .isEqualTo(AppendSessionConfig.fenced(guard)
                        .withInflightMaxBytes(4)
                        .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(6), Duration.ofSeconds(7))
                        .withRetries(retries));
    }
}
