package io.fenceline.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordIdTest {

    @Test
    void shouldWriteCoordinatesAsDecimalAscii() {
        assertThat(new RecordId("orders", 3, 1234567)).hasToString("orders/3/1234567");
        assertThat(new RecordId("a.b_c-12", 0, 0)).hasToString("a.b_c-12/0/0");
        assertThat(new RecordId("t", Integer.MAX_VALUE, Long.MAX_VALUE))
                .hasToString("t/2147483647/9223372036854775807");
    }

    @Test
    void shouldWriteAndReadTheSameTextInEveryLocale() {
        Locale before = Locale.getDefault();
        try {
            for (String tag : new String[] {"tr-TR", "ar-EG", "de-DE", "hi-IN-u-nu-deva"}) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                RecordId id = new RecordId("IDs", 12, 1_234_567_890_123L);
                assertThat(id).as(tag).hasToString("IDs/12/1234567890123");
                assertThat(RecordId.parse(id.toString())).as(tag).contains(id);
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void shouldReadBackWhatItWrote() {
        for (RecordId id : new RecordId[] {
            new RecordId("orders", 0, 0),
            new RecordId("topic-12", 3, 9),
            new RecordId("t", Integer.MAX_VALUE, Long.MAX_VALUE)
        }) {
            assertThat(RecordId.parse(id.toString())).contains(id);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "//",
                "orders",
                "orders/1",
                "/1/2",
                "orders//2",
                "orders/1/",
                "orders/1/2/3",
                "orders/+1/2",
                "orders/-1/2",
                "orders/01/2",
                "orders/1/007",
                "orders/1/ 2",
                "orders/1/2 ",
                "orders/1/2.0",
                "orders/1/0x2",
                "orders/1/١",
                "orders/2147483648/1",
                "orders/1/9223372036854775808",
                "orders/1/99999999999999999999"
            })
    void shouldNotReadAnyOtherSpelling(String text) {
        assertThat(RecordId.parse(text)).isEmpty();
    }

    @Test
    void shouldOrderByNumbersAndNotByText() {
        assertThat(Stream.of(
                                new RecordId("b", 0, 1),
                                new RecordId("a", 10, 0),
                                new RecordId("a", 9, 100),
                                new RecordId("a", 9, 20))
                        .sorted())
                .extracting(RecordId::toString)
                .containsExactly("a/9/20", "a/9/100", "a/10/0", "b/0/1");
    }

    @Test
    void shouldRefuseCoordinatesThatAreNone() {
        assertThatThrownBy(() -> new RecordId("", 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RecordId("a/b", 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RecordId("a", -1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RecordId("a", 0, -1)).isInstanceOf(IllegalArgumentException.class);
    }
}
