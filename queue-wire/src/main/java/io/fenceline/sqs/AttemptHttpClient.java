package io.fenceline.sqs;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * The HTTP client between the SDK and the network that tells the calling thread's {@link CallAttempt} how far it comes, and lets
 * one request through for each.
 *
 * <p>The body is asked for once the connection stands (TCP and TLS) and the head lies in a buffer that is sent with it. That is
 * where the gate is asked; a request held back there is aborted, so that the buffer goes with the socket. Thread-safe.
 */
final class AttemptHttpClient implements SdkHttpClient {

    private final SdkHttpClient network;
    private final ThreadLocal<@Nullable CallAttempt> current = new ThreadLocal<>();

    AttemptHttpClient(SdkHttpClient network) {
        this.network = network;
    }

    /** What this thread does until {@link #end} belongs to {@code attempt}. */
    void begin(CallAttempt attempt) {
        current.set(attempt);
    }

    void end() {
        current.remove();
    }

    /** This thread's; null outside of one. */
    @Nullable
    CallAttempt current() {
        return current.get();
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        CallAttempt attempt = current.get();
        if (attempt == null) {
            throw new IllegalStateException("a request outside of an attempt");
        }
        ContentStreamProvider content = request.contentStreamProvider()
                .orElseThrow(() -> new IllegalStateException("a request without a body"));
        GatedRequest gated = new GatedRequest(attempt);
        gated.request = network.prepareRequest(HttpExecuteRequest.builder()
                .request(request.httpRequest())
                .metricCollector(request.metricCollector().orElse(null))
                .contentStreamProvider(() -> new GatedBody(content.newStream(), gated))
                .build());
        return gated;
    }

    @Override
    public void close() {
        network.close();
    }

    @Override
    public String clientName() {
        return network.clientName();
    }

    private static final class GatedRequest implements ExecutableHttpRequest {

        private final CallAttempt attempt;
        private @Nullable ExecutableHttpRequest request;

        GatedRequest(CallAttempt attempt) {
            this.attempt = attempt;
        }

        @Override
        public HttpExecuteResponse call() throws IOException {
            ExecutableHttpRequest ready = prepared();
            attempt.connecting(ready::abort);
            try {
                HttpExecuteResponse response = ready.call();
                attempt.answered(response.httpResponse().statusCode());
                AbortableInputStream body = response.responseBody().orElse(null);
                if (body == null) {
                    return response;
                }
                return HttpExecuteResponse.builder()
                        .response(response.httpResponse())
                        .responseBody(AbortableInputStream.create(new WatchedBody(body, attempt), body))
                        .build();
            } catch (IOException e) {
                attempt.broken(kindOf(e));
                throw e;
            }
        }

        @Override
        public void abort() {
            prepared().abort();
        }

        private ExecutableHttpRequest prepared() {
            if (request == null) {
                throw new IllegalStateException("not prepared");
            }
            return request;
        }
    }

    /** A connection that fails, or an answer that is none. */
    private static CallAttempt.Break kindOf(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoHttpResponseException) {
                return CallAttempt.Break.CONNECTION;
            }
            if (cause instanceof HttpException
                    || cause instanceof ConnectionClosedException
                    || cause instanceof MalformedChunkCodingException
                    || cause instanceof MessageConstraintException) {
                return CallAttempt.Break.FORM;
            }
        }
        return CallAttempt.Break.CONNECTION;
    }

    /** The request's body: the first read is the last moment before anything leaves. */
    private static final class GatedBody extends FilterInputStream {

        private final GatedRequest gated;
        private boolean open;

        GatedBody(InputStream body, GatedRequest gated) {
            super(body);
            this.gated = gated;
        }

        @Override
        public int read() throws IOException {
            pass();
            return super.read();
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            pass();
            return super.read(into, offset, length);
        }

        @Override
        public long skip(long count) throws IOException {
            pass();
            return super.skip(count);
        }

        /** Not repeatable: nothing below may send it again. */
        @Override
        public boolean markSupported() {
            return false;
        }

        private void pass() throws IOException {
            if (open) {
                return;
            }
            if (!gated.attempt.mayBegin()) {
                // the socket is closed at once, and with it goes what lies in its buffer
                gated.abort();
                throw new IOException("held back");
            }
            open = true;
        }
    }

    /** The answer's body. */
    private static final class WatchedBody extends FilterInputStream {

        private final CallAttempt attempt;
        private boolean blank = true;

        WatchedBody(InputStream body, CallAttempt attempt) {
            super(body);
            this.attempt = attempt;
        }

        @Override
        public int read() throws IOException {
            try {
                int read = super.read();
                see(read);
                return read;
            } catch (IOException e) {
                attempt.broken(kindOf(e));
                throw e;
            }
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try {
                int read = super.read(into, offset, length);
                for (int i = offset; blank && i < offset + read; i++) {
                    see(into[i]);
                }
                return read;
            } catch (IOException e) {
                attempt.broken(kindOf(e));
                throw e;
            }
        }

        private void see(int read) {
            if (blank && read > ' ') {
                blank = false;
                attempt.bodyBegan(read);
            }
        }
    }
}
