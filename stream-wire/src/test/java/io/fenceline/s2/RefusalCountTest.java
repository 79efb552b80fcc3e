package io.fenceline.s2;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.wire.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RefusalCountTest {

    private final RefusalCount refusals = new RefusalCount();

    @Test
    void credentialsAreRefusedTwiceInAnyWords() {
        assertThat(refusals.believes(Answer.UNAUTHENTICATED)).isFalse();
        assertThat(refusals.believes(Answer.FORBIDDEN)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = Answer.class,
            names = {"UNAUTHENTICATED", "ACCESS_TOKEN_UNKNOWN", "FORBIDDEN"})
    void aRotationUnderWayEndsNothing(Answer refusal) {
        for (int rotation = 0; rotation < 3; rotation++) {
            assertThat(refusals.believes(refusal)).isFalse();
            refusals.forget();
        }
        assertThat(refusals.believes(refusal)).isFalse();
        assertThat(refusals.believes(refusal)).isTrue();
    }

    @Test
    void fiveStrangeAnswersAreTooMany() {
        for (int i = 0; i < 4; i++) {
            assertThat(refusals.believes(Answer.STRANGE)).isFalse();
        }
        assertThat(refusals.strange()).isEqualTo(4);
        assertThat(refusals.believes(Answer.STRANGE)).isTrue();
        refusals.forget();
        assertThat(refusals.strange()).isZero();
        assertThat(refusals.believes(Answer.STRANGE)).isFalse();
    }

    @Test
    void onlyASuccessForgetsAndNotAnotherRefusal() {
        assertThat(refusals.believes(Answer.FORBIDDEN)).isFalse();
        assertThat(refusals.believes(Answer.UNAVAILABLE)).isFalse();
        assertThat(refusals.believes(Answer.STRANGE)).isFalse();
        assertThat(refusals.believes(Answer.FORBIDDEN)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = Answer.class,
            names = {"CREDENTIALS_REPLACED", "CONFLICT", "BUSY", "DRAINING", "UNAVAILABLE"})
    void whatPassesByItselfIsNeverFinal(Answer busy) {
        for (int i = 0; i < 1_000; i++) {
            assertThat(refusals.believes(busy)).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Answer.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {
                "UNAUTHENTICATED",
                "ACCESS_TOKEN_UNKNOWN",
                "FORBIDDEN",
                "STRANGE",
                "CREDENTIALS_REPLACED",
                "CONFLICT",
                "BUSY",
                "DRAINING",
                "UNAVAILABLE"
            })
    void everythingElseIsBelievedAtOnce(Answer refusal) {
        assertThat(refusals.believes(refusal)).isTrue();
    }
}
