package io.fenceline.connect.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The expected ids are of another program (Python's hashlib, struct and base64), which knows the definition and not the code:
 * {@code urlsafe_b64encode(sha256(b''.join(pack('>i', len(f)) + f for f in fields)).digest()).rstrip(b'=')}.
 */
class DeduplicationIdTest {

    private final Locale before = Locale.getDefault();

    @AfterEach
    void restoreTheLocale() {
        Locale.setDefault(before);
    }

    @Test
    void anIdIsTheSameInEveryProcessAndLocale() {
        for (String tag :
                List.of("en-US", "ar-EG-u-nu-arab", "de-DE", "tr-TR", "hi-IN-u-nu-deva", "th-TH-u-ca-buddhist")) {
            Locale.setDefault(Locale.forLanguageTag(tag));
            assertThat(DeduplicationId.of("orders-to-sqs", "orders", 3, 1234567, 1_700_000_000_123L))
                    .as(tag)
                    .isEqualTo("7P88kI8BCNM467xLxu7-YcDWsl-qSn0MlrY7AsBJ5ZE");
            assertThat(DeduplicationId.of(
                            "größer-🦀", "t".repeat(249), Integer.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE))
                    .as(tag)
                    .isEqualTo("7gZxmHSbjwTSzN0vR6N07-rHYfdGFCOAS3Ly-YfytkI");
            assertThat(DeduplicationId.of("", "t", 0, 0, 0L))
                    .as(tag)
                    .isEqualTo("dPkr299erwyCM_mIcSV3O1C4O1ME6FkZwfCnLbNi7uU");
        }
    }

    @Test
    void aRecordWithoutATimestampHasAnEmptyFieldThere() {
        assertThat(id("orders-to-sqs", "orders", 3, 1234567, null))
                .isEqualTo("vJecl630rvt72eAOxcDiePAHWgyegetLm1-4aGUPETs")
                .isEqualTo(id("orders-to-sqs", "orders", 3, 1234567, -1L))
                .isNotEqualTo(id("orders-to-sqs", "orders", 3, 1234567, 0L));
    }

    @Test
    void eachFieldMakesAnotherIdAlsoWhereCharactersMoveFromOneToTheNext() {
        Set<String> ids = new HashSet<>();
        List<String> all = List.of(
                id("ns", "topic", 1, 11, 111L),
                id("n", "stopic", 1, 11, 111L),
                id("nst", "opic", 1, 11, 111L),
                id("ns", "topic1", 1, 1, 111L),
                id("ns", "topic", 11, 1, 111L),
                id("ns", "topic", 1, 111, 11L),
                id("ns", "topic", 1, 1, 1111L),
                id("ns", "topic", 1, 11, 112L),
                id("ns", "topic", 2, 11, 111L),
                id("ns", "topic", 1, 12, 111L),
                id("ns", "topik", 1, 11, 111L),
                id("nt", "topic", 1, 11, 111L),
                id("ns", "topic", 1, 11, null));
        ids.addAll(all);
        assertThat(ids).hasSameSizeAs(all).allMatch(id -> id.matches("[A-Za-z0-9_-]{43}"));
    }

    private static String id(String namespace, String topic, int partition, long offset, @Nullable Long timestamp) {
        return DeduplicationId.of(namespace, topic, partition, offset, timestamp);
    }
}
