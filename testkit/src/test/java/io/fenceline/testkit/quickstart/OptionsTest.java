package io.fenceline.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OptionsTest {

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
