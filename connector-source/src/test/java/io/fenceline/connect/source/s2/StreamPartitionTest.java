package io.fenceline.connect.source.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StreamPartitionTest {

    @Test
    void shouldBeOneKeySoThatItsJsonHasOneForm() {
        var partition = new StreamPartition("my-basin", "a/b/c");

        assertThat(partition.toMap()).isEqualTo(Map.of("stream", "my-basin/a/b/c"));
        assertThat(StreamPartition.decode(partition.toMap())).isEqualTo(partition);
    }

    static Stream<Map<String, ?>> wrongForms() {
        return Stream.of(
                Map.of(),
                Map.of("basin", "my-basin"),
                Map.of("stream", 7),
                Map.of("stream", "no-slash"),
                Map.of("stream", "/stream"),
                Map.of("stream", "my-basin/"),
                Map.of("stream", "my-basin/s", "basin", "my-basin"));
    }

    @ParameterizedTest
    @MethodSource("wrongForms")
    void shouldRefuseAnythingElseAndShowTheForm(Map<String, ?> form) {
        assertThatThrownBy(() -> StreamPartition.decode(form))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("{\"stream\":\"<basin>/<stream>\"}");
    }
}
