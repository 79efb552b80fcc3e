package io.fenceline.benchmarks;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;

/**
 * Stands on the loopback before an S2 server that stores slowly: requests go through as they come, and each answer a fixed time
 * after it was given. Any number of answers is under way at a time. Knows of HTTP/2 only its frames: those that are no
 * answers, above all the room that the server gives for more of a request, are passed on at once, as the server gives that
 * when it has received something and not when it is durable. Three threads per connection.
 */
final class AckDelay implements AutoCloseable {

    private static final int REQUEST_BUFFER = 1 << 20;
    private static final int FRAME_HEAD = 9;

    // types of HTTP/2 frames that are no part of an answer
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int WINDOW_UPDATE = 8;

    private record Frame(byte[] bytes, long due) {}

    private final InetSocketAddress server;
    private final long delayNanos;
    private final ServerSocketChannel listener;
    private final Set<SocketChannel> channels = ConcurrentHashMap.newKeySet();

    /** @param server an address of plain HTTP/2 */
    AckDelay(URI server, Duration delay) {
        this.server = new InetSocketAddress(server.getHost(), server.getPort());
        this.delayNanos = delay.toNanos();
        try {
            this.listener = ServerSocketChannel.open();
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread("accept", this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + listener.socket().getLocalPort();
    }

    @Override
    public void close() {
        quietly(listener);
        channels.forEach(AckDelay::quietly);
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                SocketChannel toClient = listener.accept();
                channels.add(toClient);
                serve(toClient, SocketChannel.open(server));
            } catch (IOException e) {
                // closed, or the server is gone: the client's next attempt tells
            }
        }
    }

    private void serve(SocketChannel toClient, SocketChannel toServer) throws IOException {
        toClient.setOption(StandardSocketOptions.TCP_NODELAY, true);
        toServer.setOption(StandardSocketOptions.TCP_NODELAY, true);
        acknowledgeAtOnce(toServer);
        channels.add(toServer);
        BlockingQueue<Frame> answers = new LinkedBlockingQueue<>();
        thread("requests", () -> {
            try {
                passRequests(toClient, toServer);
            } catch (IOException e) {
                quietly(toServer);
            }
        });
        thread("frames", () -> {
            try {
                readFrames(toServer, toClient, answers);
            } catch (IOException e) {
                // what was answered before is still passed on
            }
            answers.add(new Frame(new byte[0], System.nanoTime() + delayNanos));
        });
        thread("answers", () -> {
            try {
                passAnswers(answers, toClient);
            } catch (IOException | InterruptedException e) {
                // its client is gone
            } finally {
                quietly(toClient);
                quietly(toServer);
                channels.remove(toClient);
                channels.remove(toServer);
            }
        });
    }

    private static void passRequests(SocketChannel toClient, SocketChannel toServer) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(REQUEST_BUFFER);
        while (toClient.read(buffer) >= 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                toServer.write(buffer);
            }
            buffer.clear();
        }
        toServer.shutdownOutput();
    }

    private void readFrames(SocketChannel toServer, SocketChannel toClient, BlockingQueue<Frame> answers)
            throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(toServer), 64 << 10));
        byte[] head = new byte[FRAME_HEAD];
        while (true) {
            in.readFully(head);
            int length = (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | head[2] & 0xff;
            byte[] frame = Arrays.copyOf(head, FRAME_HEAD + length);
            in.readFully(frame, FRAME_HEAD, length);
            acknowledgeAtOnce(toServer);
            int type = head[3];
            if (type == SETTINGS || type == PING || type == WINDOW_UPDATE) {
                write(toClient, frame);
            } else {
                answers.add(new Frame(frame, System.nanoTime() + delayNanos));
            }
        }
    }

    private static void passAnswers(BlockingQueue<Frame> answers, SocketChannel toClient)
            throws IOException, InterruptedException {
        for (Frame next = answers.take(); next.bytes().length > 0; next = answers.take()) {
            TimeUnit.NANOSECONDS.sleep(next.due() - System.nanoTime());
            write(toClient, next.bytes());
        }
    }

    /** A server holds back what is small until what was before is acknowledged; the option does not last. */
    private static void acknowledgeAtOnce(SocketChannel channel) throws IOException {
        if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK)) {
            channel.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
        }
    }

    /** Frames whole, one after the other. */
    private static void write(SocketChannel to, byte[] frame) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(frame);
        synchronized (to) {
            while (buffer.hasRemaining()) {
                to.write(buffer);
            }
        }
    }

    private static void thread(String name, Runnable body) {
        Thread thread = new Thread(body, "ack-delay-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void quietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // closing is all we wanted
        }
    }
}
