package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** One test that fails does not make those after it fail. */
final class ClusterIT {

    @Test
    void theNextTestFindsServersThatAnswerAndNoConnectorOfTheOneBefore() throws IOException {
        Cluster first = Cluster.shared();
        String topic = first.createTopic("left-behind", 1);
        Sink.start(first, first.rest(), topic, 1, first.reader(), first.sink(topic, 1));

        assertThat(Cluster.shared()).isSameAs(first);
        assertThat(first.rest().connectors()).isEmpty();

        first.worker().kill();
        Cluster second = Cluster.shared();
        assertThat(second).isNotSameAs(first);
        assertThat(second.rest().connectors()).isEmpty();
        assertThat(second.reader().streams("")).isEmpty();
        assertThat(second.createTopic("after", 1)).isNotEqualTo(topic);
    }
}
