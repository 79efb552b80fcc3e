package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;
import org.apache.hc.core5.reactor.IOSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class QuickAckSessionTest {

    @Test
    @EnabledOnOs(OS.LINUX)
    void acknowledgesAtOnceAfterEachRead() throws IOException {
        try (ServerSocketChannel listener =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                SocketChannel client = SocketChannel.open(listener.getLocalAddress());
                SocketChannel server = listener.accept()) {
            QuickAckSession session = new QuickAckSession(sessionOver(client));
            for (int i = 0; i < 3; i++) {
                client.setOption(ExtendedSocketOptions.TCP_QUICKACK, false);
                assertThat(client.getOption(ExtendedSocketOptions.TCP_QUICKACK)).isFalse();
                server.write(ByteBuffer.wrap(new byte[] {1}));

                assertThat(session.read(ByteBuffer.allocate(10))).isEqualTo(1);
                assertThat(client.getOption(ExtendedSocketOptions.TCP_QUICKACK)).isTrue();
            }
        }
    }

    @Test
    void reportsTheEndOfTheStreamAsItIs() throws IOException {
        try (ServerSocketChannel listener =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                SocketChannel client = SocketChannel.open(listener.getLocalAddress());
                SocketChannel server = listener.accept()) {
            server.shutdownOutput();
            assertThat(new QuickAckSession(sessionOver(client)).read(ByteBuffer.allocate(10)))
                    .isEqualTo(-1);
        }
    }

    /** A session that reads from the channel and knows nothing else. */
    private static IOSession sessionOver(SocketChannel channel) {
        return (IOSession) Proxy.newProxyInstance(
                IOSession.class.getClassLoader(), new Class<?>[] {IOSession.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "channel":
                            return channel;
                        case "read":
                            return channel.read((ByteBuffer) arguments[0]);
                        default:
                            throw new UnsupportedOperationException(method.getName());
                    }
                });
    }
}
