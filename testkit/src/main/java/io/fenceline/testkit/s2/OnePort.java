package io.fenceline.testkit.s2;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.CharCodingConfig;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.HttpProcessors;
import org.apache.hc.core5.http.impl.nio.ServerHttp1IOEventHandler;
import org.apache.hc.core5.http.impl.nio.ServerHttp1StreamDuplexerFactory;
import org.apache.hc.core5.http.nio.AsyncServerExchangeHandler;
import org.apache.hc.core5.http.nio.HandlerFactory;
import org.apache.hc.core5.http2.config.H2Config;
import org.apache.hc.core5.http2.impl.H2Processors;
import org.apache.hc.core5.http2.impl.nio.ServerH2PrefaceHandler;
import org.apache.hc.core5.http2.impl.nio.ServerH2StreamMultiplexerFactory;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOEventHandler;
import org.apache.hc.core5.reactor.IOEventHandlerFactory;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.reactor.ProtocolIOSession;
import org.apache.hc.core5.util.Timeout;

/**
 * Speaks HTTP/2 to clients that begin with its preface and HTTP/1.1 to all others. Without TLS nothing else tells them
 * apart, and the library leaves that case out.
 */
final class OnePort implements IOEventHandlerFactory {

    /** No method of HTTP/1.1 begins like this. */
    private static final byte[] PREFACE_START = {'P', 'R', 'I'};

    /** What a client begins with that wants TLS. */
    private static final byte TLS_HANDSHAKE = 0x16;

    private final ServerHttp1StreamDuplexerFactory http1;
    private final ServerH2StreamMultiplexerFactory http2;

    OnePort(HandlerFactory<AsyncServerExchangeHandler> handlers) {
        http1 = new ServerHttp1StreamDuplexerFactory(
                HttpProcessors.server(), handlers, Http1Config.DEFAULT, CharCodingConfig.DEFAULT, null, failure -> {});
        H2Config config = H2Config.custom()
                .setPushEnabled(false)
                .setInitialWindowSize(1 << 20)
                .setMaxConcurrentStreams(200)
                .build();
        http2 = new ServerH2StreamMultiplexerFactory(
                H2Processors.server(), handlers, config, CharCodingConfig.DEFAULT, null);
    }

    @Override
    public IOEventHandler createHandler(ProtocolIOSession session, Object attachment) {
        return new Undecided(session);
    }

    /** A connection whose first bytes are not here yet. */
    private final class Undecided implements IOEventHandler {

        private final ProtocolIOSession session;
        private final ByteBuffer first = ByteBuffer.allocate(8192);

        Undecided(ProtocolIOSession session) {
            this.session = session;
        }

        @Override
        public void connected(IOSession connected) {}

        @Override
        public void inputReady(IOSession ready, ByteBuffer source) throws IOException {
            if (source != null) {
                first.put(source);
            }
            if (session.read(first) < 0) {
                session.close(CloseMode.GRACEFUL);
                return;
            }
            if (first.position() < PREFACE_START.length) {
                return;
            }
            first.flip();
            if (first.get(0) == TLS_HANDSHAKE) {
                session.close(CloseMode.IMMEDIATE);
                return;
            }
            boolean isHttp2 = first.slice(0, PREFACE_START.length).equals(ByteBuffer.wrap(PREFACE_START));
            IOEventHandler decided = isHttp2
                    ? new ServerH2PrefaceHandler(session, http2, null)
                    : new ServerHttp1IOEventHandler(http1.create(URIScheme.HTTP.id, session));
            session.upgrade(decided);
            decided.connected(session);
            decided.inputReady(session, first);
        }

        @Override
        public void outputReady(IOSession ready) {}

        @Override
        public void timeout(IOSession idle, Timeout timeout) {
            session.close(CloseMode.GRACEFUL);
        }

        @Override
        public void exception(IOSession failed, Exception cause) {
            session.close(CloseMode.IMMEDIATE);
        }

        @Override
        public void disconnected(IOSession gone) {}
    }
}
