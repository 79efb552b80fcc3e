package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EditDistanceTest {

    @ParameterizedTest
    @CsvSource({
        "s2.stream, s2.stream, 0",
        "s2.stram,  s2.stream, 1",
        "s2.sstream, s2.stream, 1",
        "s2.straem, s2.stream, 1",
        "s2.strxam, s2.stream, 1",
        "linger.msec, linger.ms, 2",
        "body.convertor, body.converter, 1",
        "aws.region, sqs.region, 2",
        "'', ab, 2",
        "ab, ba, 1",
    })
    void countsLettersPutInLeftOutReplacedAndExchanged(String a, String b, int edits) {
        assertThat(EditDistance.between(a, b, 2)).isEqualTo(edits);
        assertThat(EditDistance.between(b, a, 2)).isEqualTo(edits);
    }

    @ParameterizedTest
    @CsvSource({"retry.timeout, retry.timeout.ms", "abcd, wxyz", "topic, s2.topic"})
    void whatIsFartherIsOnlyFarther(String a, String b) {
        assertThat(EditDistance.between(a, b, 2)).isGreaterThan(2);
        assertThat(EditDistance.between(b, a, 2)).isGreaterThan(2);
    }

    /** By trying: all texts that one edit makes of a text are one edit away, and none of the others is. */
    @Test
    void agreesWithEditsThatAreMade() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int run = 0; run < 300; run++) {
            String from = text(random);
            Set<String> once = edited(from);
            String other = text(random);
            int expected = from.equals(other) ? 0 : once.contains(other) ? 1 : 2;
            assertThat(Math.min(EditDistance.between(from, other, 2), 2))
                    .as("seed %d: %s to %s", seed, from, other)
                    .isEqualTo(expected);
        }
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(5);
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(2)));
        }
        return text.toString();
    }

    private static Set<String> edited(String from) {
        Set<String> edited = new HashSet<>();
        for (int i = 0; i <= from.length(); i++) {
            for (char c = 'a'; c <= 'b'; c++) {
                edited.add(from.substring(0, i) + c + from.substring(i));
                if (i < from.length()) {
                    edited.add(from.substring(0, i) + c + from.substring(i + 1));
                }
            }
            if (i < from.length()) {
                edited.add(from.substring(0, i) + from.substring(i + 1));
            }
            if (i + 1 < from.length()) {
                edited.add(from.substring(0, i) + from.charAt(i + 1) + from.charAt(i) + from.substring(i + 2));
            }
        }
        edited.remove(from);
        return edited;
    }
}
