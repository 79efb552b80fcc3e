package io.fenceline.connect.sink.position;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointToken;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.connect.sink.claim.StreamStanding;
import io.fenceline.connect.sink.claim.StreamStanding.Doubt;
import io.fenceline.connect.sink.claim.StreamStanding.LastRecord;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.connect.sink.position.GroupPosition.Seen;
import io.fenceline.s2.wire.FencingToken;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PositionTextTest {

    private static final LastRecord LAST = new LastRecord(1_199, 1_230, 1_700_000_000_000L);
    private static final FencingToken NOTHING = CheckpointToken.fresh(Checkpoint.NOTHING, new Random(1));

    @Test
    void shouldSayWhereTheNextTaskGoesOnAndByWhat() {
        assertThat(lines(standing(NOTHING, Checkpoint.NOTHING, null, LAST, null)))
                .contains("orders-3@1199 at position 1230, of 2023-11-14T22:13:20Z")
                .contains("the next task  goes on behind offset 1199");

        Checkpoint fact = Checkpoint.of(1_100, 1_300, Anchor.UNKNOWN);
        assertThat(lines(standing(CheckpointToken.fresh(fact, new Random(1)), fact, null, null, null)))
                .contains("below position 1300 the last offset is 1100")
                .contains("none behind the token; by the token orders-3@1100")
                .contains("goes on behind offset 1100");

        Checkpoint none = Checkpoint.groupPositionFrom(1_300);
        assertThat(lines(standing(CheckpointToken.fresh(none, new Random(1)), none, null, null, null)))
                .contains("records below position 1300 are no evidence")
                .contains("starts at the consumer group's position");

        assertThat(lines(standing(FencingToken.NONE, Checkpoint.NOTHING, null, null, null)))
                .contains("fencing token  none")
                .contains("none of this partition");
    }

    @Test
    void shouldSayWhatStopsTheNextTask() {
        StopMark mark = new StopMark(TerminalCode.STREAM_RESET, Checkpoint.of(77, 2, Anchor.UNKNOWN));
        assertThat(lines(standing(mark.fresh(new Random(1)), Checkpoint.NOTHING, mark, LAST, null)))
                .contains("stop mark STREAM_RESET, left by a task that knew the offsets up to 77 to be in the stream")
                .contains("stops with STREAM_RESET, until the mark is replaced or cleared; cleared, it goes on behind"
                        + " offset 1199");

        Doubt doubt = new Doubt(TerminalCode.WATERMARK_UNKNOWN, "position 8 can no longer be read");
        assertThat(lines(standing(new FencingToken("by-hand"), Checkpoint.NOTHING, null, null, doubt)))
                .contains("not of a connector of ours")
                .contains("not known: position 8 can no longer be read")
                .contains("the next task  stops with WATERMARK_UNKNOWN");
    }

    @Test
    void shouldSayWhatAChangeWritesAgainOrLeavesOut() {
        StreamStanding standing = standing(NOTHING, Checkpoint.NOTHING, null, LAST, null);

        assertThat(text("--set-offset", "7").intention(standing, null))
                .contains("starts at offset 7")
                .contains("offsets 7 to 1199 are in the stream already and are written again");
        assertThat(text("--set-offset", "1200").intention(standing, null)).endsWith("starts at offset 1200");
        assertThat(text("--set-offset", "1210").intention(standing, null))
                .contains("offsets 1200 to 1209 are left out");
        assertThat(kafka("--to-group-position").intention(standing, new Seen(1_100L, 0, 0, 2_000)))
                .contains("the consumer group's position, offset 1100")
                .contains("offsets 1100 to 1199 are in the stream already");
        assertThat(kafka("--set-offset", "7").intention(standing, new Seen(null, 0, 0, 9)))
                .contains("set group connect-c to offset 7");
    }

    @Test
    void shouldNotPromiseOfAClearedTokenWhatOnlyTheTokenKnows() {
        Checkpoint fact = Checkpoint.of(1_100, 1_300, Anchor.UNKNOWN);
        StreamStanding byToken = standing(CheckpointToken.fresh(fact, new Random(1)), fact, null, null, null);

        assertThat(text("--clear").intention(byToken, null))
                .contains("the token's knowledge is lost")
                .doesNotContain("behind offset 1100");
        assertThat(text("--clear").intention(standing(NOTHING, Checkpoint.NOTHING, null, LAST, null), null))
                .endsWith("goes on behind offset 1199");
    }

    @Test
    void shouldWarnOfAGroupThatIsNotLookedAtAndOfOffsetsTheTopicDoesNotHave() {
        assertThat(text("--set-offset", "7").warnings(null))
                .singleElement()
                .asString()
                .contains("--connector");
        assertThat(kafka("--set-offset", "7").warnings(new Seen(1L, 0, 0, 6)))
                .singleElement()
                .asString()
                .contains("above the topic's end 6");
        assertThat(kafka("--set-offset", "7").warnings(new Seen(1L, 0, 8, 10)))
                .singleElement()
                .asString()
                .contains("begins at offset 8");
        assertThat(kafka("--set-offset", "7").warnings(new Seen(1L, 0, 0, 7))).isEmpty();
        assertThat(text("--clear").warnings(null)).isEmpty();
    }

    @Test
    void shouldShowTheGroupAndWhetherTasksRun() {
        StreamStanding standing = standing(NOTHING, Checkpoint.NOTHING, null, LAST, null);

        assertThat(String.join("\n", kafka().standing(standing, new Seen(1_100L, 2, 10, 2_000))))
                .contains("orders-3 has offsets 10 to 2000")
                .contains("connect-c goes on at offset 1100, 2 members: tasks run");
        assertThat(String.join("\n", kafka().standing(standing, new Seen(null, 0, 10, 2_000))))
                .contains("connect-c has no offset of it, no members");
    }

    private static StreamStanding standing(
            FencingToken token, Checkpoint fact, StopMark mark, LastRecord last, Doubt doubt) {
        return new StreamStanding(token, 1_300, fact, mark, last, doubt);
    }

    private static String lines(StreamStanding standing) {
        return String.join("\n", text().standing(standing, null));
    }

    private static PositionText text(String... more) {
        List<String> args = new ArrayList<>(List.of(
                "--basin", "my-basin", "--topic", "orders", "--partition", "3", "--basin-endpoint", "http://h:1"));
        args.addAll(List.of(more));
        return new PositionText(PositionOptions.parse(args, Map.of()));
    }

    private static PositionText kafka(String... more) {
        List<String> args = new ArrayList<>(List.of("--bootstrap-servers", "h:1", "--connector", "c"));
        args.addAll(List.of(more));
        return text(args.toArray(String[]::new));
    }
}
