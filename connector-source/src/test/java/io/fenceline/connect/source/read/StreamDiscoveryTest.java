package io.fenceline.connect.source.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.s2.StreamInfo;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamDiscoveryTest {

    private final SimulatedBasin basin = new SimulatedBasin();
    private final PollInbox inbox = new PollInbox();
    private final List<List<String>> listings = new ArrayList<>();
    private final ReadCounters counters = new ReadCounters();
    private long now = 1_000;
    private final StreamDiscovery discovery = new StreamDiscovery(
            "a/",
            basin,
            inbox,
            () -> now,
            Duration.ofSeconds(60),
            Duration.ofMinutes(5),
            new Random(1),
            counters,
            found -> listings.add(found.stream().map(StreamInfo::name).toList()));

    @Test
    void listsAllPagesOfThePrefixAndNothingElse() {
        for (String name : List.of("a/1", "a/2", "a/3", "a/4", "a/5", "b/1")) {
            basin.create(name);
        }
        list();
        assertThat(listings).containsExactly(List.of("a/1", "a/2", "a/3", "a/4", "a/5"));
    }

    @Test
    void looksAgainSoonWhileThereIsNothingAndAtItsIntervalAfterThat() {
        list();
        now += Duration.ofSeconds(2).toNanos();
        basin.create("a/1");
        list();
        assertThat(listings).containsExactly(List.of(), List.of("a/1"));

        basin.create("a/2");
        now += Duration.ofSeconds(59).toNanos();
        list();
        assertThat(listings).hasSize(2);
        now += Duration.ofSeconds(1).toNanos();
        list();
        assertThat(listings).hasSize(3).last().isEqualTo(List.of("a/1", "a/2"));
    }

    @Test
    void theServicesWishForAPauseIsHeardWhenAListingFails() {
        basin.create("a/1");
        basin.failNextListing(new ServerError(429, "rate_limited", "", null, null, null, 7_000));
        list();
        now += Duration.ofMillis(6_999).toNanos();
        list();
        assertThat(listings).isEmpty();
        now += Duration.ofMillis(1).toNanos();
        list();
        assertThat(listings).hasSize(1);
    }

    @Test
    void aListingThatFailsIsRepeatedSoonThoughLessWasAskedFor() {
        basin.create("a/1");
        basin.failNextListing(new ServerError(429, "rate_limited", "", null, null, null, 1));
        list();
        now += Duration.ofMillis(1_999).toNanos();
        list();
        assertThat(listings).isEmpty();
        now += Duration.ofMillis(1).toNanos();
        list();
        assertThat(listings).hasSize(1);
    }

    @Test
    void listingsThatFailAreCountedAndThoseThatAreThrottledToo() {
        basin.create("a/1");
        basin.failNextListing(ServerError.of(503, "unavailable", ""));
        list();
        now += Duration.ofSeconds(2).toNanos();
        basin.failNextListing(ServerError.of(429, "rate_limited", ""));
        list();
        assertThat(counters.discoveryFailures.sum()).isEqualTo(2);
        assertThat(counters.throttled.sum()).isEqualTo(1);

        now += Duration.ofSeconds(2).toNanos();
        list();
        assertThat(listings).hasSize(1);
        assertThat(counters.discoveryFailures.sum()).isEqualTo(2);
    }

    /** It was tried again without end, whatever retry.timeout.ms said. */
    @Test
    void listingsThatFailForTooLongEndTheTask() {
        for (int i = 0; i < 149; i++) {
            basin.failNextListing(ServerError.of(503, "unavailable", "just now"));
            list();
            now += Duration.ofSeconds(2).toNanos();
        }
        // 298 s of them, and one that succeeds
        basin.create("a/1");
        list();
        assertThat(listings).hasSize(1);
        now += Duration.ofSeconds(60).toNanos();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 160; i++) {
                        basin.failNextListing(ServerError.of(503, "unavailable", "just now"));
                        list();
                        now += Duration.ofSeconds(2).toNanos();
                    }
                })
                .isInstanceOf(TerminalException.class)
                .hasMessageContaining("[RETRIES_EXHAUSTED]")
                .hasMessageContaining("just now")
                .hasMessageContaining("a/");
        assertThat(now - 1_000)
                .isBetween(
                        Duration.ofSeconds(298 + 60 + 299).toNanos(),
                        Duration.ofSeconds(298 + 60 + 303).toNanos());
    }

    private void list() {
        discovery.tick();
        for (int page = 0; page < 10; page++) {
            basin.answerAll();
        }
        inbox.drain();
    }

    /** It ended without a code, and with the server's text whole. */
    @ParameterizedTest
    @CsvSource({
        "401, authn, AUTH, s2.access.token",
        "403, permission_denied, AUTH, s2.access.token",
        "404, access_token_not_found, AUTH, s2.access.token",
        "404, basin_not_found, TARGET_MISSING, s2.basin",
        "409, basin_deletion_pending, TARGET_MISSING, s2.basin",
        "404, '', TARGET_MISSING, endpoints",
        "422, invalid, PROTOCOL, endpoints",
        "501, not_implemented, PROTOCOL, endpoints",
    })
    void aListingThatIsRefusedHasACodeAndNamesTheKeyToChange(int status, String code, TerminalCode end, String key) {
        if (end == TerminalCode.AUTH) {
            refuse(ServerError.of(status, code, "the first may be a rotation"));
        }
        refuse(ServerError.of(status, code, "m".repeat(2_000_000)));
        assertThatThrownBy(discovery::tick).isInstanceOfSatisfying(TerminalException.class, failure -> {
            assertThat(failure.code()).isEqualTo(end);
            assertThat(failure.getMessage())
                    .startsWith("[" + end + "] the streams with prefix 'a/' cannot be listed")
                    .contains(key, "simulation")
                    .hasSizeLessThan(20_000);
        });
    }

    /** The first one ended the task, where a sink asks twice. */
    @Test
    void credentialsThatAreRefusedOnceAndThenAcceptedEndNothingHoweverOften() {
        basin.create("a/1");
        for (int rotation = 1; rotation <= 3; rotation++) {
            refuse(ServerError.of(403, "permission_denied", "a rotation is under way"));
            list();
            assertThat(listings).hasSize(rotation);
            now += Duration.ofSeconds(60).toNanos();
        }
    }

    private void refuse(ServerError error) {
        basin.failNextListing(error);
        list();
        now += Duration.ofSeconds(2).toNanos();
    }
}
