package io.fenceline.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.wire.AppendAck;
import io.fenceline.testkit.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Append sessions: pipelining, the end, and everything that poisons one. */
@Timeout(60)
abstract class AppendSessionConformance extends Conformance {

    AppendSessionConformance(Target target) {
        super(target);
    }

    private RawSession open(String stream) throws IOException {
        RawSession session = new RawSession(server.port(), records(stream));
        assertThat(session.status()).isEqualTo(200);
        return session;
    }

    @Test
    void isEstablishedBeforeAnythingIsSentAndEndsWhenItsBodyEnds() throws IOException {
        try (RawSession session = open(createStream())) {
            session.end();
            session.assertEnded();
        }
    }

    @Test
    void acksEachBatchInOrder() throws IOException {
        String stream = createStream();
        try (RawSession session = open(stream)) {
            for (long i = 0; i < 100; i++) {
                session.send(RawSession.batch(i * 2, null, "a" + i, "b" + i));
            }
            session.end();
            for (long i = 0; i < 100; i++) {
                AppendAck ack = session.ack();
                assertThat(ack.start().seqNum()).isEqualTo(i * 2);
                assertThat(ack.end().seqNum()).isEqualTo(i * 2 + 2);
                assertThat(ack.tail().seqNum()).isGreaterThanOrEqualTo(i * 2 + 2);
            }
            session.assertEnded();
        }
        assertThat(read(stream, "seq_num=0").bodies()).hasSize(200).startsWith("a0", "b0", "a1");
    }

    @Test
    void splitsFramesHoweverTheyAreCut() throws IOException {
        String stream = createStream();
        try (RawSession session = open(stream)) {
            byte[] two = new byte[0];
            for (String body : new String[] {"one", "two"}) {
                byte[] frame = RawSession.batch(null, null, body);
                two = Arrays.copyOf(two, two.length + frame.length);
                System.arraycopy(frame, 0, two, two.length - frame.length, frame.length);
            }
            for (byte b : two) {
                session.send(new byte[] {b});
            }
            assertThat(session.ack().start().seqNum()).isZero();
            assertThat(session.ack().start().seqNum()).isEqualTo(1);
        }
    }

    @Test
    void isPoisonedByAFailedPosition() throws IOException {
        String stream = createStream();
        try (RawSession session = open(stream)) {
            session.send(
                    RawSession.batch(0L, null, "first"),
                    RawSession.batch(99L, null, "wrong"),
                    RawSession.batch(1L, null, "poisoned"));
            assertThat(session.ack().start().seqNum()).isZero();
            assertThat(session.terminal(412)).isEqualTo(json("{'seq_num_mismatch':1}"));
        }
        assertThat(read(stream, "seq_num=0").bodies()).containsExactly("first");
    }

    @Test
    void isPoisonedByAFailedToken() throws IOException {
        String stream = createStream();
        fence(stream, "owner").is(200);
        try (RawSession session = open(stream)) {
            session.send(
                    RawSession.batch(1L, "owner", "first"),
                    RawSession.batch(77L, "other", "wrong"),
                    RawSession.batch(2L, "owner", "poisoned"));
            assertThat(session.ack().start().seqNum()).isEqualTo(1);
            assertThat(session.terminal(412)).isEqualTo(json("{'fencing_token_mismatch':'owner'}"));
        }
        assertThat(tail(stream).seqNum("tail")).isEqualTo(2);
    }

    @Test
    void refusesAboutStateThatIsReadableByThen() throws IOException {
        String stream = createStream();
        try (RawSession first = open(stream);
                RawSession second = open(stream)) {
            // the second one's refusal rests on the first one's batch
            first.send(RawSession.batch(0L, null, RawSession.copies(500, "x".repeat(1000))));
            first.ack();
            second.send(RawSession.batch(0L, null, "late"));
            assertThat(second.terminal(412)).isEqualTo(json("{'seq_num_mismatch':500}"));
            assertThat(read(stream, "seq_num=499").bodies()).hasSize(1);
        }
    }

    @Test
    void isPoisonedByWhatBreaksALimit() throws IOException {
        refused(422, "invalid", RawSession.batch(null, null));
        refused(422, "invalid", RawSession.batch(null, null, RawSession.copies(1001, "x")));
        refused(422, "invalid", RawSession.batch(null, null, "x".repeat((1 << 20) - 7)));
        refused(422, "invalid", RawSession.batch(null, "t".repeat(37), "x"));
    }

    @Test
    void isPoisonedByWhatIsNoFrame() throws IOException {
        refused(400, "bad_frame", RawSession.frame(0, new byte[] {-1, -1}));
        refused(400, "bad_frame", RawSession.frame(RawSession.TERMINAL, new byte[] {1, -100, '{', '}'}));
        refused(400, "bad_frame", new byte[] {0, 0, 0, 0});
        refused(400, "bad_frame", new byte[] {-1, -1, -1, 0});
        refused(400, "bad_frame", RawSession.frame(0x60, new byte[] {1}));
        refused(400, "bad_frame", RawSession.frame(RawSession.GZIP, new byte[] {1, 2, 3}));
    }

    private void refused(int status, String code, byte[] frame) throws IOException {
        String stream = createStream();
        try (RawSession session = open(stream)) {
            session.send(RawSession.batch(null, null, "before"), frame, RawSession.batch(null, null, "behind"));
            assertThat(session.ack().start().seqNum()).isZero();
            assertThat(session.terminal(status).get("code").asText()).isEqualTo(code);
        }
        assertThat(tail(stream).seqNum("tail")).isEqualTo(1);
    }

    @Test
    void doesNotTakeABodyThatEndsInsideAFrame() throws IOException {
        try (RawSession session = open(createStream())) {
            session.send(Arrays.copyOf(RawSession.batch(null, null, "half"), 6));
            session.end();
            assertThat(session.terminal(400).get("code").asText()).isEqualTo("bad_frame");
        }
    }

    @Test
    void takesCompressedFrames() throws IOException {
        String stream = createStream();
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(RawSession.input(0L, null, "g".repeat(5000)));
        }
        try (RawSession session = open(stream)) {
            session.send(RawSession.frame(RawSession.GZIP, compressed.toByteArray()));
            session.ack();
        }
        assertThat(read(stream, "seq_num=0").bodies()).containsExactly("g".repeat(5000));
    }

    @Test
    void saysThatAStreamIsNotThereBeforeAnyFrame() throws IOException {
        try (RawSession session = new RawSession(server.port(), records("missing"))) {
            assertThat(session.status()).isEqualTo(404);
        }
    }

    @Test
    void isOfNoUseOnceItsStreamIsDeletedEvenIfThatIsMadeAgain() throws IOException {
        String stream = createStream();
        try (RawSession session = open(stream)) {
            session.send(RawSession.batch(0L, null, "x"));
            session.ack();
            call("DELETE", path(stream), null).is(202);
            io.fenceline.testkit.Await.until(
                    "the stream can be made again",
                    java.time.Duration.ofSeconds(20),
                    () -> call("PUT", path(stream), null).status() == 201);
            session.send(RawSession.batch(null, null, "lost"));
            assertThat(session.terminal(503).get("code").asText()).isEqualTo("unavailable");
        }
        assertThat(tail(stream).seqNum("tail")).isZero();
    }

    @Test
    void whatOneSessionWritesIsAPrefixOfWhatItWasSent() throws IOException {
        String stream = createStream();
        try (RawSession mine = open(stream);
                RawSession theirs = open(stream)) {
            for (long i = 0; i < 50; i++) {
                mine.send(RawSession.batch(i, null, "m" + i));
            }
            theirs.send(RawSession.batch(null, null, "theirs"));
            theirs.ack();
            int acked = 0;
            RawSession.Frame frame = mine.next();
            while (frame.flags() == 0) {
                acked++;
                if (acked == 50) {
                    break;
                }
                frame = mine.next();
            }
            assertThat(read(stream, "seq_num=0").bodies().stream().filter(body -> body.startsWith("m")))
                    .hasSize(acked);
        }
    }

    /** Not with what a new session would say: that there is no such stream. */
    @Test
    void endsASessionWhoseStreamWasDeletedAtItsNextBatch() throws IOException {
        String stream = createStream();
        try (RawSession session = open(stream)) {
            session.send(RawSession.batch(0L, null, "before"));
            session.ack();
            call("DELETE", path(stream), null).is(202);
            Await.until(
                    "the stream is gone",
                    Duration.ofSeconds(20),
                    () -> tail(stream).status() == 404);
            session.send(RawSession.batch(1L, null, "behind"));
            assertThat(session.terminal(503).get("code").asText()).isEqualTo("unavailable");
        }
    }

    /** A session belongs to the stream it was opened on, not to the name. */
    @Test
    void endsASessionWhoseStreamWasMadeAnewAtItsNextBatch() throws IOException {
        String stream = createStream();
        try (RawSession session = open(stream)) {
            session.send(RawSession.batch(0L, null, "before"));
            session.ack();
            call("DELETE", path(stream), null).is(202);
            Await.until(
                    "the stream can be made again",
                    Duration.ofSeconds(20),
                    () -> call("POST", "/v1/streams", object().put("stream", stream))
                                    .status()
                            == 201);
            session.send(RawSession.batch(null, null, "behind"));
            assertThat(session.terminal(503).get("code").asText()).isEqualTo("unavailable");
        }
        assertThat(tail(stream).is(200).json().get("tail").get("seq_num").asLong())
                .isZero();
    }
}
