package io.fenceline.s2.http;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The serving side of HTTP/2 frame by frame, for what no well-behaved server can be made to do at a chosen moment. It
 * acknowledges settings, gives all the window one can want, and leaves everything else to the test.
 */
final class RawHttp2Peer implements Closeable {

    static final int DATA = 0;
    static final int HEADERS = 1;
    private static final int CONTINUATION = 9;
    private static final int MAX_FRAME_BYTES = 16 << 10;
    private static final int SETTINGS = 4;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int ACK = 1;
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    record Frame(int type, int flags, int streamId, byte[] payload) {
        boolean endsStream() {
            return (flags & END_STREAM) != 0;
        }
    }

    private final ServerSocket listener;
    private final LinkedBlockingQueue<Client> clients = new LinkedBlockingQueue<>();

    RawHttp2Peer() throws IOException {
        listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        daemon("raw-peer-accept", () -> {
            while (true) {
                Client client = new Client(listener.accept());
                clients.add(client);
                daemon("raw-peer-read", client::read);
            }
        });
    }

    Origin origin() {
        return new Origin(false, "127.0.0.1", listener.getLocalPort());
    }

    /** The next connection a client opens. */
    Client nextClient() throws InterruptedException {
        return taken(clients.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS), "connection");
    }

    boolean hasAnotherClient() {
        return !clients.isEmpty();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Client client = clients.poll(); client != null; client = clients.poll()) {
            client.close();
        }
    }

    private static <T> T taken(@Nullable T value, String what) {
        if (value == null) {
            throw new AssertionError("no " + what + " within " + PATIENCE);
        }
        return value;
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (SocketException | EOFException e) {
                        // closed by either side
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    /** One connection. The test's thread writes, a reader collects requests and data. */
    static final class Client implements Closeable {
        private final Socket socket;
        private final OutputStream out;
        private final LinkedBlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
        private final LinkedBlockingQueue<Integer> grants = new LinkedBlockingQueue<>();
        private volatile int initialWindow;
        private final LinkedBlockingQueue<Boolean> closed = new LinkedBlockingQueue<>();
        /** There while frames may be read. */
        private final Semaphore reading = new Semaphore(1);

        private Client(Socket socket) throws IOException {
            this.socket = socket;
            this.out = socket.getOutputStream();
            socket.setTcpNoDelay(true);
            write(SETTINGS, 0, 0, new byte[0]);
            write(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(1 << 30).array());
        }

        private void read() throws IOException {
            try {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                in.readFully(new byte[PREFACE.length]);
                while (true) {
                    reading.acquireUninterruptibly();
                    reading.release();
                    int head = in.readInt();
                    Frame frame =
                            new Frame(head & 0xff, in.readUnsignedByte(), in.readInt(), in.readNBytes(head >>> 8));
                    if (frame.type() == SETTINGS && (frame.flags() & ACK) == 0) {
                        readSettings(ByteBuffer.wrap(frame.payload()));
                        write(SETTINGS, ACK, 0, new byte[0]);
                    } else if (frame.type() == WINDOW_UPDATE && frame.streamId() != 0) {
                        grants.add(ByteBuffer.wrap(frame.payload()).getInt());
                    } else if (frame.type() == HEADERS || frame.type() == DATA) {
                        frames.add(frame);
                    }
                }
            } finally {
                closed.add(true);
            }
        }

        private void readSettings(ByteBuffer settings) {
            while (settings.hasRemaining()) {
                int id = settings.getShort();
                int value = settings.getInt();
                if (id == INITIAL_WINDOW_SIZE) {
                    initialWindow = value;
                }
            }
        }

        /** What we may send on a stream before it is granted more. */
        int initialWindow() {
            return initialWindow;
        }

        /** What the client granted for a stream next. */
        int nextGrant() throws InterruptedException {
            return taken(grants.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS), "grant");
        }

        boolean hasAnotherGrant() {
            return !grants.isEmpty();
        }

        /** Takes no more than one further frame from the socket. */
        void stopReading() {
            reading.acquireUninterruptibly();
        }

        void goOnReading() {
            reading.release();
        }

        /** Lets the client send a gigabyte on that stream. */
        void openWindow(int streamId) throws IOException {
            write(
                    WINDOW_UPDATE,
                    0,
                    streamId,
                    ByteBuffer.allocate(4).putInt(1 << 30).array());
        }

        /** The next HEADERS or DATA frame of the client. */
        Frame next() throws InterruptedException {
            return taken(frames.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS), "frame");
        }

        /** The stream of the next request. */
        int nextRequest() throws InterruptedException {
            Frame frame = next();
            while (frame.type() != HEADERS) {
                frame = next();
            }
            return frame.streamId();
        }

        void awaitClose() throws InterruptedException {
            taken(closed.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS), "end of the connection");
        }

        /** Status 200 and a content type. */
        void accept(int streamId, String contentType) throws IOException {
            ByteArrayOutputStream block = new ByteArrayOutputStream();
            block.write(0x88); // :status 200, from the static table
            block.write(0x0f); // not indexed, name 31 of the static table: content-type
            block.write(0x10);
            writeLength(block, contentType.length());
            block.writeBytes(contentType.getBytes(StandardCharsets.US_ASCII));
            writeHead(streamId, block.toByteArray());
        }

        /** A number of HPACK with a prefix of seven bits. */
        private static void writeLength(ByteArrayOutputStream block, int length) {
            if (length < 0x7f) {
                block.write(length);
                return;
            }
            block.write(0x7f);
            int rest = length - 0x7f;
            for (; rest >= 0x80; rest >>>= 7) {
                block.write(rest & 0x7f | 0x80);
            }
            block.write(rest);
        }

        private void writeHead(int streamId, byte[] block) throws IOException {
            for (int at = 0; at < block.length; at += MAX_FRAME_BYTES) {
                int end = Math.min(block.length, at + MAX_FRAME_BYTES);
                write(
                        at == 0 ? HEADERS : CONTINUATION,
                        end == block.length ? END_HEADERS : 0,
                        streamId,
                        Arrays.copyOfRange(block, at, end));
            }
        }

        /** A status of three digits and nothing else. */
        void refuse(int streamId, int status) throws IOException {
            ByteArrayOutputStream block = new ByteArrayOutputStream();
            block.write(0x08); // not indexed, name 8 of the static table: :status
            block.write(3);
            block.writeBytes(String.valueOf(status).getBytes(StandardCharsets.US_ASCII));
            write(HEADERS, END_HEADERS, streamId, block.toByteArray());
        }

        void data(int streamId, byte[] payload) throws IOException {
            write(DATA, 0, streamId, payload);
        }

        void end(int streamId) throws IOException {
            write(DATA, END_STREAM, streamId, new byte[0]);
        }

        void goAway(int lastStreamId, int code) throws IOException {
            write(
                    GOAWAY,
                    0,
                    0,
                    ByteBuffer.allocate(8).putInt(lastStreamId).putInt(code).array());
        }

        private void write(int type, int flags, int streamId, byte[] payload) throws IOException {
            ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
            frame.putInt(payload.length << 8 | type)
                    .put((byte) flags)
                    .putInt(streamId)
                    .put(payload);
            synchronized (out) {
                out.write(frame.array());
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
