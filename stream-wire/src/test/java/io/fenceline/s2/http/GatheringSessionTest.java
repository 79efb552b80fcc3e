package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.ProtocolIOSession;
import org.junit.jupiter.api.Test;

class GatheringSessionTest {

    private static final int DATA = 16 << 10;
    private static final int HEAD = 9;

    private final Socket socket = new Socket();
    private final OutputMeter meter = new OutputMeter();
    private final GatheringSession session = new GatheringSession(socket.asSession(), socket, meter);

    @Test
    void framesLeaveTogetherOnceThereIsNothingLeftToWrite() throws IOException {
        for (int i = 0; i < 3; i++) {
            ByteBuffer[] frame = frame(DATA, i);
            assertThat(session.write(frame)).isEqualTo(HEAD + DATA);
            assertThat(frame[0].hasRemaining()).isFalse();
            assertThat(frame[1].hasRemaining()).isFalse();
        }
        assertThat(socket.writes).isEmpty();

        session.clearEvent(SelectionKey.OP_WRITE);

        assertThat(socket.writes).containsExactly(3 * (HEAD + DATA));
        assertThat(socket.cleared).isEqualTo(SelectionKey.OP_WRITE);
    }

    @Test
    void dataIsNotCopiedAndEverythingElseIs() throws IOException {
        byte[] head = new byte[HEAD];
        byte[] data = new byte[DATA];
        byte[] settings = new byte[36];
        session.write(new ByteBuffer[] {ByteBuffer.wrap(head), ByteBuffer.wrap(data)});
        session.write(new ByteBuffer[] {ByteBuffer.wrap(head), ByteBuffer.wrap(settings)});
        Arrays.fill(head, (byte) 1);
        Arrays.fill(data, (byte) 2);
        Arrays.fill(settings, (byte) 3);
        session.clearEvent(SelectionKey.OP_WRITE);

        byte[] expected = new byte[HEAD + DATA + HEAD + 36];
        Arrays.fill(expected, HEAD, HEAD + DATA, (byte) 2);
        assertThat(socket.taken.toByteArray()).isEqualTo(expected);
    }

    @Test
    void takesWholeFramesOrNothing() throws IOException {
        socket.room = 0;
        int frames = 0;
        ByteBuffer[] frame = frame(DATA, 1);
        while (session.write(frame) > 0) {
            frames++;
            frame = frame(DATA, 1);
        }
        assertThat(frames).isEqualTo(GatheringSession.HELD_BYTES / (HEAD + DATA) + 1);
        assertThat(frame[0].remaining()).isEqualTo(HEAD);
        assertThat(frame[1].remaining()).isEqualTo(DATA);
        assertThat(session.write(frame[0])).as("nothing overtakes what is held").isZero();

        socket.room = Integer.MAX_VALUE;
        assertThat(session.write(frame[0])).isEqualTo(HEAD);
        assertThat(socket.taken.size()).isEqualTo(frames * (HEAD + DATA) + HEAD);
    }

    @Test
    void framesLeaveWithoutBeingAskedOnceEnoughIsHeld() throws IOException {
        int frames = GatheringSession.HELD_BYTES / (HEAD + DATA) + 1;
        for (int i = 0; i < frames; i++) {
            session.write(frame(DATA, i));
        }
        assertThat(socket.writes).isEmpty();
        assertThat(session.write(frame(DATA, 1))).isEqualTo(HEAD + DATA);
        assertThat(socket.writes).containsExactly(frames * (HEAD + DATA));
    }

    @Test
    void takesThePartsItWasToldToTake() throws IOException {
        ByteBuffer[] parts = {ByteBuffer.allocate(3), ByteBuffer.allocate(5), ByteBuffer.allocate(7)};
        assertThat(session.write(parts, 1, 1)).isEqualTo(5);
        assertThat(parts[0].remaining()).isEqualTo(3);
        assertThat(parts[1].hasRemaining()).isFalse();
        assertThat(parts[2].remaining()).isEqualTo(7);
    }

    @Test
    void asksToBeCalledAgainUntilTheSocketHasTakenEverything() throws IOException {
        session.write(frame(DATA, 1));
        socket.room = 4000;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(socket.cleared).isZero();

        socket.room = Integer.MAX_VALUE;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(socket.cleared).isEqualTo(SelectionKey.OP_WRITE);
        assertThat(socket.taken.size()).isEqualTo(HEAD + DATA);
    }

    @Test
    void memoryHasDepartedOnceTheSocketHasTakenItAll() throws IOException {
        assertThat(meter.hasDeparted(meter.mark())).isTrue();
        session.write(frame(DATA, 1));
        long first = meter.mark();
        session.write(frame(DATA, 2));
        long second = meter.mark();
        assertThat(meter.hasDeparted(first)).isFalse();

        socket.room = HEAD + DATA - 1;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(meter.hasDeparted(first)).isFalse();
        socket.room = 1;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(meter.hasDeparted(first)).isTrue();
        assertThat(meter.hasDeparted(second)).isFalse();
        socket.room = Integer.MAX_VALUE;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(meter.hasDeparted(second)).isTrue();
    }

    @Test
    void memoryOfABrokenConnectionNeverDeparts() throws IOException {
        session.write(frame(DATA, 1));
        long mark = meter.mark();
        socket.broken = true;
        assertThatThrownBy(() -> session.clearEvent(SelectionKey.OP_WRITE))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("Broken pipe");
        session.close(CloseMode.IMMEDIATE);
        assertThat(meter.hasDeparted(mark)).isFalse();
    }

    @Test
    void keepsTheOrderOfBytesWhateverTheSocketTakes() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        for (int i = 0; i < 3000; i++) {
            ByteBuffer[] frame = frame(random.nextInt(4) == 0 ? random.nextInt(40) : random.nextInt(DATA), i);
            socket.room = random.nextInt(100_000);
            long n = random.nextInt(10) == 0 ? session.write(frame[0]) : session.write(frame);
            assertThat(frame[0].position() + frame[1].position())
                    .as("seed %d", seed)
                    .isEqualTo((int) n);
            for (ByteBuffer part : frame) {
                written.write(part.array(), 0, part.position());
            }
            if (random.nextInt(4) == 0) {
                session.clearEvent(SelectionKey.OP_WRITE);
            }
        }
        socket.room = Integer.MAX_VALUE;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(socket.taken.toByteArray()).as("seed %d", seed).isEqualTo(written.toByteArray());
        assertThat(meter.hasDeparted(meter.mark())).isTrue();
    }

    @Test
    void wakesTheSelectorOnlyForWhatItIsNotWatchingForYet() {
        session.setEvent(SelectionKey.OP_WRITE);
        session.setEvent(SelectionKey.OP_WRITE);
        assertThat(socket.eventsSet).isEqualTo(1);
        session.clearEvent(SelectionKey.OP_WRITE);
        session.setEvent(SelectionKey.OP_WRITE);
        assertThat(socket.eventsSet).isEqualTo(2);

        session.setEvent(SelectionKey.OP_WRITE | SelectionKey.OP_READ);
        assertThat(socket.eventsSet).as("one of the two is new").isEqualTo(3);

        socket.cancelled = true;
        session.setEvent(SelectionKey.OP_WRITE);
        assertThat(socket.eventsSet)
                .as("the session itself knows that it is closed")
                .isEqualTo(4);
    }

    @Test
    void otherEventsAreNoneOfItsBusiness() throws IOException {
        session.write(frame(DATA, 1));
        session.clearEvent(SelectionKey.OP_READ);
        assertThat(socket.cleared).isEqualTo(SelectionKey.OP_READ);
        assertThat(socket.writes).isEmpty();
    }

    @Test
    void saysGoodbyeBeforeAGracefulEndAndNotBeforeAnother() throws IOException {
        session.write(frame(DATA, 1));
        session.close();
        assertThat(socket.writes).containsExactly(HEAD + DATA);
        assertThat(socket.closed).isEqualTo(CloseMode.GRACEFUL);

        Socket other = new Socket();
        GatheringSession cut = new GatheringSession(other.asSession(), other, meter);
        cut.write(frame(DATA, 1));
        cut.close(CloseMode.IMMEDIATE);
        assertThat(other.writes).isEmpty();
        assertThat(other.closed).isEqualTo(CloseMode.IMMEDIATE);
    }

    @Test
    void aPeerThatIsGoneDoesNotKeepTheSessionFromClosing() throws IOException {
        session.write(frame(DATA, 1));
        socket.broken = true;
        session.close(CloseMode.GRACEFUL);
        assertThat(socket.closed).isEqualTo(CloseMode.GRACEFUL);
    }

    @Test
    void saysNoGoodbyeOnASessionThatIsClosedAlready() throws IOException {
        session.write(frame(DATA, 1));
        socket.open = false;
        session.close();
        assertThat(socket.writes).isEmpty();
        assertThat(socket.closed).isEqualTo(CloseMode.GRACEFUL);
    }

    @Test
    void refusesToBeEncryptedLater() {
        assertThatThrownBy(() -> session.startTls(null, null, null, null, null, null))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("unencrypted");
    }

    private static ByteBuffer[] frame(int length, int content) {
        byte[] head = new byte[HEAD];
        byte[] data = new byte[length];
        Arrays.fill(head, (byte) ~content);
        Arrays.fill(data, (byte) content);
        return new ByteBuffer[] {ByteBuffer.wrap(head), ByteBuffer.wrap(data)};
    }

    /** A socket that has so much room, and the session on it. */
    private static final class Socket implements GatheringByteChannel {

        private final Lock lock = new ReentrantLock();
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final List<Integer> writes = new ArrayList<>();
        private int room = Integer.MAX_VALUE;
        private int mask;
        private int eventsSet;
        private int cleared;
        private boolean open = true;
        private boolean broken;
        private boolean cancelled;
        private CloseMode closed;

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
            int sum = 0;
            for (int i = offset; i < offset + length; i++) {
                sum += take(sources[i]);
            }
            writes.add(sum);
            return sum;
        }

        @Override
        public long write(ByteBuffer[] sources) throws IOException {
            return write(sources, 0, sources.length);
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            int n = take(source);
            writes.add(n);
            return n;
        }

        private int take(ByteBuffer source) throws IOException {
            if (broken) {
                throw new IOException("Broken pipe");
            }
            int n = Math.min(room, source.remaining());
            for (int i = 0; i < n; i++) {
                taken.write(source.get());
            }
            room -= room == Integer.MAX_VALUE ? 0 : n;
            return n;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {}

        private ProtocolIOSession asSession() {
            return (ProtocolIOSession) Proxy.newProxyInstance(
                    ProtocolIOSession.class.getClassLoader(),
                    new Class<?>[] {ProtocolIOSession.class},
                    (proxy, method, arguments) -> {
                        switch (method.getName()) {
                            case "write":
                                return write((ByteBuffer) arguments[0]);
                            case "getLock":
                                return lock;
                            case "isOpen":
                                return open;
                            case "getEventMask":
                                if (cancelled) {
                                    throw new CancelledKeyException();
                                }
                                return mask;
                            case "setEvent":
                                eventsSet++;
                                mask |= (int) arguments[0];
                                return null;
                            case "clearEvent":
                                cleared |= (int) arguments[0];
                                mask &= ~(int) arguments[0];
                                return null;
                            case "close":
                                closed = (CloseMode) arguments[0];
                                return null;
                            default:
                                throw new UnsupportedOperationException(method.getName());
                        }
                    });
        }
    }
}
