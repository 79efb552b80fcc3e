package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldNoticeTest {

    private static final long SECOND = 1_000_000_000;

    private final List<String> said = new ArrayList<>();
    private final HeldNotice notice = new HeldNotice("t-0 → t/0", said::add, stop -> stop);
    private final TerminalException reason = TerminalException.of(TerminalCode.FOREIGN_WRITER, "what was seen")
            .remedy("what to do")
            .build();

    @Test
    void theWholeMessageIsSaidAtOnceAndThenOnceAMinute() {
        long begin = Long.MAX_VALUE - SECOND; // clocks wrap
        notice.begin(reason, begin);
        for (int second = 1; second <= 150; second++) {
            notice.remind(begin + second * SECOND);
        }

        assertThat(said)
                .hasSize(3)
                .allMatch(line -> line.startsWith("t-0 → t/0: held") && line.endsWith(reason.getMessage()));
    }

    @Test
    void nothingIsSaidOfALaneThatIsNotHeld() {
        notice.remind(100 * SECOND);

        assertThat(said).isEmpty();
    }
}
