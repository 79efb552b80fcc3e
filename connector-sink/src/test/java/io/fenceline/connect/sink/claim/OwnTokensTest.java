package io.fenceline.connect.sink.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.wire.FencingToken;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OwnTokensTest {

    private static final int EACH = OwnTokens.KEPT_OF_EACH_END;

    private final OwnTokens own = new OwnTokens();

    private static FencingToken token(int number) {
        return new FencingToken("t" + number);
    }

    @Test
    void tokensOfALongOutageAreBoundedAndTheFirstAndTheLastAreKept() {
        List<FencingToken> sent =
                IntStream.range(0, 10 * EACH).mapToObj(OwnTokensTest::token).toList();
        sent.forEach(own::add);

        assertThat(own.snapshot())
                .hasSize(2 * EACH)
                .containsAll(sent.subList(0, EACH))
                .containsAll(sent.subList(9 * EACH, 10 * EACH));
    }

    /** In another order the first and the last of many would be others, and in each JVM other ones, once they are handed on. */
    @Test
    void aSnapshotHasTokensInTheOrderInWhichTheyWereSent() {
        List<FencingToken> sent =
                IntStream.range(0, 20).mapToObj(OwnTokensTest::token).toList();
        own.addAll(sent);

        assertThat(own.snapshot()).containsExactlyElementsOf(sent);
    }

    @Test
    void aFewAreAllKept() {
        own.addAll(IntStream.range(0, 2 * EACH).mapToObj(OwnTokensTest::token).toList());

        assertThat(own.snapshot()).hasSize(2 * EACH);
    }

    @Test
    void oneThatWasRefusedIsForgottenAndOneSentTwiceCountsOnce() {
        own.add(token(1));
        own.add(token(2));
        own.add(token(2));
        own.remove(token(1));

        assertThat(own.contains(token(1))).isFalse();
        assertThat(own.snapshot()).containsExactly(token(2));
    }

    @Test
    void afterAClearNothingIsOurs() {
        own.add(token(1));
        own.clear();

        assertThat(own.contains(token(1))).isFalse();
    }
}
