package io.fenceline.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OptionsTest {

    @ParameterizedTest
    @ValueSource(strings = {"s2-sink", "s2-source", "mirror"})
    void aRouteThatExistsIsTaken(String route) throws Exception {
        assertThat(Options.parse(new String[] {"--route", route}).route()).isEqualTo(route);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqs-sink", "sqs-source"})
    void aRouteThatDoesNotExistYetSaysSo(String route) {
        assertThatThrownBy(() -> Options.parse(new String[] {"--route=" + route}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageEndingWith("not yet");
    }

    @Test
    void anUnknownRouteIsRefusedWithThoseThereAre() {
        assertThatThrownBy(() -> Options.parse(new String[] {"--route", "s3"}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining("s2-source");
    }

    @Test
    void picksTheS2ServerItIsToldTo() throws Options.UsageException {
        assertThat(Options.parse(new String[0]).server()).isEqualTo(Options.Server.AUTO);
        assertThat(Options.parse(new String[] {"--s2", "real"}).server()).isEqualTo(Options.Server.REAL);
        assertThat(Options.parse(new String[] {"--s2=embedded"}).server()).isEqualTo(Options.Server.EMBEDDED);
        assertThatThrownBy(() -> Options.parse(new String[] {"--s2", "other"}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining("auto, real or embedded");
    }
}
