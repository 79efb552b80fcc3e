package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOSession;
import org.junit.jupiter.api.Test;

class CoalescingSessionTest {

    private final Socket socket = new Socket();
    private final SendBuffers buffers = new SendBuffers(CoalescingSession.BUFFER_BYTES, 2);
    private final CoalescingSession session = new CoalescingSession(socket.asSession(), buffers);

    @Test
    void framesLeaveTogetherOnceThereIsNothingLeftToWrite() throws IOException {
        for (int i = 0; i < 3; i++) {
            ByteBuffer frame = frame(16_393, i);
            assertThat(session.write(frame)).isEqualTo(16_393);
            assertThat(frame.hasRemaining()).isFalse();
        }
        assertThat(socket.writes).isEmpty();

        session.clearEvent(SelectionKey.OP_WRITE);

        assertThat(socket.writes).containsExactly(3 * 16_393);
        assertThat(socket.cleared).isEqualTo(SelectionKey.OP_WRITE);
    }

    @Test
    void aFullBufferLeavesBeforeMoreIsTaken() throws IOException {
        for (int i = 0; i < 9; i++) {
            assertThat(session.write(frame(16_393, i))).isEqualTo(16_393);
        }
        assertThat(socket.writes).containsExactly(CoalescingSession.BUFFER_BYTES);
    }

    @Test
    void smallWritesGoThroughAtOnceUnlessTheyWouldOvertake() throws IOException {
        session.write(frame(100, 1));
        assertThat(socket.writes).containsExactly(100);

        session.write(frame(5000, 2));
        session.write(frame(100, 3));
        assertThat(socket.writes).containsExactly(100);
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(socket.writes).containsExactly(100, 5100);
        assertThat(socket.taken.toByteArray()).startsWith(1).endsWith(3);
    }

    @Test
    void asksToBeCalledAgainUntilTheSocketHasTakenEverything() throws IOException {
        session.write(frame(10_000, 1));
        socket.room = 4000;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(socket.cleared).isZero();

        socket.room = 0;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(socket.cleared).isZero();

        socket.room = 6000;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(socket.cleared).isEqualTo(SelectionKey.OP_WRITE);
        assertThat(socket.taken.size()).isEqualTo(10_000);
    }

    @Test
    void borrowsItsBufferOnlyWhileSomethingIsInIt() throws IOException {
        ByteBuffer only = buffers.take();
        buffers.release(only);
        session.write(frame(10_000, 1));
        socket.room = 4000;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(buffers.take()).as("the session still has it").isNotSameAs(only);

        socket.room = Integer.MAX_VALUE;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(buffers.take()).isSameAs(only).satisfies(buffer -> assertThat(buffer.remaining())
                .isEqualTo(CoalescingSession.BUFFER_BYTES));
        session.write(frame(10_000, 2));
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(socket.taken.size()).isEqualTo(20_000);
    }

    @Test
    void otherEventsAreNoneOfItsBusiness() throws IOException {
        session.write(frame(10_000, 1));
        session.clearEvent(SelectionKey.OP_READ);
        assertThat(socket.cleared).isEqualTo(SelectionKey.OP_READ);
        assertThat(socket.writes).isEmpty();
    }

    @Test
    void takesNoMoreThanItHasRoomFor() throws IOException {
        socket.room = 0;
        ByteBuffer large = frame(CoalescingSession.BUFFER_BYTES + 10_000, 1);
        assertThat(session.write(large)).isEqualTo(CoalescingSession.BUFFER_BYTES);
        assertThat(large.remaining()).isEqualTo(10_000);
        assertThat(session.write(large)).isZero();
        socket.room = 10;
        assertThat(session.write(large)).isEqualTo(10);
    }

    @Test
    void keepsTheOrderOfBytesWhateverTheSocketTakes() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = new byte[random.nextInt(5) == 0 ? random.nextInt(40_000) : random.nextInt(3000)];
            random.nextBytes(bytes);
            ByteBuffer source = ByteBuffer.wrap(bytes);
            socket.room = random.nextInt(100_000);
            int n = session.write(source);
            assertThat(source.position()).as("seed %d", seed).isEqualTo(n);
            written.write(bytes, 0, n);
            if (random.nextInt(4) == 0) {
                session.clearEvent(SelectionKey.OP_WRITE);
            }
        }
        socket.room = Integer.MAX_VALUE;
        session.clearEvent(SelectionKey.OP_WRITE);
        assertThat(socket.taken.toByteArray()).as("seed %d", seed).isEqualTo(written.toByteArray());
    }

    @Test
    void aFailedWriteIsNotKeptQuiet() throws IOException {
        session.write(frame(10_000, 1));
        socket.broken = true;
        assertThatThrownBy(() -> session.clearEvent(SelectionKey.OP_WRITE))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("Broken pipe");
        assertThatThrownBy(() -> session.write(frame(CoalescingSession.BUFFER_BYTES, 1)))
                .isInstanceOf(IOException.class)
                .hasMessage("Broken pipe");
    }

    @Test
    void saysGoodbyeBeforeAGracefulEndAndNotBeforeAnother() throws IOException {
        session.write(frame(10_000, 1));
        session.close(CloseMode.GRACEFUL);
        assertThat(socket.writes).containsExactly(10_000);
        assertThat(socket.closed).isEqualTo(CloseMode.GRACEFUL);

        Socket other = new Socket();
        CoalescingSession cut = new CoalescingSession(other.asSession(), buffers);
        cut.write(frame(10_000, 1));
        cut.close(CloseMode.IMMEDIATE);
        assertThat(other.writes).isEmpty();
        assertThat(other.closed).isEqualTo(CloseMode.IMMEDIATE);
    }

    @Test
    void aBufferThatLeftWithTheGoodbyeIsGivenBack() throws IOException {
        ByteBuffer only = buffers.take();
        buffers.release(only);
        session.write(frame(10_000, 1));
        session.close();
        assertThat(buffers.take()).isSameAs(only);
    }

    private static ByteBuffer frame(int length, int content) {
        byte[] bytes = new byte[length];
        java.util.Arrays.fill(bytes, (byte) content);
        return ByteBuffer.wrap(bytes);
    }

    /** What a session does with a socket that has so much room. */
    private static final class Socket {

        private final Lock lock = new ReentrantLock();
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final List<Integer> writes = new ArrayList<>();
        private int room = Integer.MAX_VALUE;
        private int cleared;
        private boolean broken;
        private CloseMode closed;

        private int write(ByteBuffer source) throws IOException {
            if (broken) {
                throw new IOException("Broken pipe");
            }
            int n = Math.min(room, source.remaining());
            for (int i = 0; i < n; i++) {
                taken.write(source.get());
            }
            room -= room == Integer.MAX_VALUE ? 0 : n;
            writes.add(n);
            return n;
        }

        private IOSession asSession() {
            return (IOSession) Proxy.newProxyInstance(
                    IOSession.class.getClassLoader(), new Class<?>[] {IOSession.class}, (proxy, method, arguments) -> {
                        switch (method.getName()) {
                            case "write":
                                return write((ByteBuffer) arguments[0]);
                            case "getLock":
                                return lock;
                            case "isOpen":
                                return true;
                            case "clearEvent":
                                cleared |= (int) arguments[0];
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
