package io.fenceline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TerminalExceptionTest {

    @Test
    void shouldSayCodeSightPlaceSafeOffsetsAndRemedyInThisOrder() {
        Throwable cause = new IllegalStateException("why");

        TerminalException end = TerminalException.of(TerminalCode.FOREIGN_WRITER, "a record that is not ours at 12")
                .remedy("stop the other writer and restart the task")
                .safe("offsets up to 41 are durable")
                .where("orders", 3, "orders/3")
                .cause(cause)
                .build();

        assertThat(end.code()).isEqualTo(TerminalCode.FOREIGN_WRITER);
        assertThat(end).hasCause(cause);
        assertThat(end)
                .hasMessage("[FOREIGN_WRITER] a record that is not ours at 12; partition orders-3, stream 'orders/3'; "
                        + "offsets up to 41 are durable; stop the other writer and restart the task");
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() {
        assertThat(TerminalException.of(TerminalCode.AUTH, "the token was refused")
                        .build())
                .hasMessage("[AUTH] the token was refused")
                .hasNoCause();
    }
}
