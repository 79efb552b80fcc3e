package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnreplacedPlaceholdersTest {

    private static final Keys KEYS = Keys.of(S2ConnectionConfig.KEYS);

    @ParameterizedTest
    @CsvSource({
        "'${env:S2_BASIN}',          env,       EnvVarConfigProvider",
        "'${file:/etc/s2:basin}',    file,      FileConfigProvider",
        "'${directory:/run/s2:b}',   directory, DirectoryConfigProvider",
        "'${vault:secret/s2:basin}', vault,     '<its class>'",
        "' ${env:S2_BASIN} ',        env,       EnvVarConfigProvider",
    })
    void theKeyThePlaceholderAndWhatToSetAreNamed(String value, String provider, String type) {
        assertThatThrownBy(() -> KEYS.requireReplaced(Map.of("s2.basin", value)))
                .isInstanceOfSatisfying(
                        TerminalException.class, stop -> assertThat(stop.code()).isEqualTo(TerminalCode.CONFIG))
                .hasMessageStartingWith("[CONFIG] s2.basin is '" + value.strip() + "': the worker did not replace it")
                .hasMessageContaining("\nsafe: nothing was read or written\nnow: set in the worker's properties")
                .hasMessageContaining("\nconfig.providers=" + provider + "\nconfig.providers." + provider + ".class=")
                .hasMessageContaining(type);
    }

    @Test
    void ofASecretOnlyThePlaceholderIsToldAndAllKeysAtOnce() {
        Map<String, String> given = new HashMap<>();
        given.put("s2.access.token", "half-a-secret-${file:/etc/s2:token}-other-half");
        given.put("s2.basin", "${env:S2_BASIN}");
        given.put("s2.compression", null);

        assertThatThrownBy(() -> KEYS.requireReplaced(given))
                .hasMessageStartingWith("[CONFIG] s2.basin is '${env:S2_BASIN}', s2.access.token contains"
                        + " '${file:/etc/s2:token}': the worker did not replace them")
                .hasMessageContaining("config.providers=env,file")
                .message()
                .doesNotContain("half");
    }

    @ParameterizedTest
    @ValueSource(strings = {"my-basin", "${topic}/${partition}", "${key", "a${}b", "$", "${", "{a:b}", "${a}:${b}"})
    void whatIsNoPlaceholderOfAProviderIsLeftAlone(String value) {
        Map<String, String> given = Map.of("s2.basin", value);
        assertThat(KEYS.requireReplaced(given)).isSameAs(given);
    }

    @Test
    void keysOfOthersAreLeftAlone() {
        Map<String, String> given = Map.of("value.converter", "${env:CONVERTER}", "transforms.a.b", "${x:y}");
        assertThat(KEYS.requireReplaced(given)).isSameAs(given);
    }
}
