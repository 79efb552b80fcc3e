package io.fenceline.s2.http;

import io.fenceline.s2.http.TransportFailure.Kind;
import io.fenceline.s2.wire.PeerText;
import io.fenceline.s2.wire.WireFormatException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.InvalidAlgorithmParameterException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.RequestNotExecutedException;
import org.apache.hc.core5.http2.H2ConnectionException;
import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.H2StreamResetException;
import org.jspecify.annotations.Nullable;

/** Says what an exception of the HTTP library means for the request behind it, and in words for people. */
final class Failures {

    private Failures() {}

    /** The request's head may have left this process. */
    static TransportFailure ofRequest(Origin origin, Exception cause) {
        String peer = origin.hostAndPort();
        if (cause instanceof WireFormatException) {
            return new TransportFailure(
                    Kind.PROTOCOL, peer + " sent something that is not the S2 protocol: " + describe(cause), cause);
        }
        if (cause instanceof RequestNotExecutedException || isRefusedStream(cause)) {
            return new TransportFailure(Kind.NOT_CONNECTED, peer + " refused the request before looking at it", cause);
        }
        if (cause instanceof H2StreamResetException reset) {
            return new TransportFailure(
                    Kind.BROKEN, peer + " reset the exchange (" + h2Error(reset.getCode()) + ")", cause);
        }
        if (cause instanceof HttpException || cause instanceof H2ConnectionException) {
            return new TransportFailure(Kind.PROTOCOL, peer + " broke the HTTP/2 protocol: " + describe(cause), cause);
        }
        return new TransportFailure(Kind.BROKEN, "connection to " + peer + " was lost: " + describe(cause), cause);
    }

    /**
     * No byte of the request was sent.
     *
     * @param freshConnection there was a TCP connection, made for this request
     */
    static TransportFailure beforeRequest(Origin origin, Exception cause, boolean freshConnection) {
        return new TransportFailure(Kind.NOT_CONNECTED, notConnected(origin, cause, freshConnection), cause);
    }

    /** There is no connection to the proxy. */
    static ProxyException ofProxy(HttpProxy proxy, Exception cause) {
        Origin there = new Origin(false, proxy.host(), proxy.port());
        return new ProxyException("proxy: " + notConnected(there, cause, false), 0, cause);
    }

    private static String notConnected(Origin origin, Exception cause, boolean freshConnection) {
        String peer = origin.hostAndPort();
        if (cause instanceof ProxyException) {
            return describe(cause);
        }
        if (cause instanceof UnknownHostException) {
            return "unknown host " + origin.host() + " (connecting to " + peer + ")";
        }
        if (cause instanceof SSLException && hasCause(cause, InvalidAlgorithmParameterException.class)) {
            return "TLS with " + peer + " failed: the JVM's trust store is empty or cannot be read, see the system"
                    + " properties javax.net.ssl.trustStore and javax.net.ssl.trustStorePassword";
        }
        if (cause instanceof SSLException) {
            Throwable certificate = certificateProblem(cause);
            return certificate == null
                    ? "TLS with " + peer + " failed: " + describe(cause)
                    : "the certificate of " + peer + " was not accepted: " + describe(certificate)
                            + " (trusted are the authorities of the configured trust store, or else of the JVM's trust store)";
        }
        if (freshConnection) {
            return "no HTTP/2 connection to " + peer + (origin.secure() ? " over TLS" : " without TLS") + ": "
                    + describe(cause) + " (the TCP connection came about; does the peer speak HTTP/2"
                    + (origin.secure() ? " over TLS?)" : " without TLS?)");
        }
        if (cause instanceof SocketTimeoutException) {
            return "connecting to " + peer + " timed out: " + describe(cause);
        }
        if (cause instanceof ConnectException) {
            return "connection to " + peer + " was refused: " + describe(cause);
        }
        return "no connection to " + peer + ": " + describe(cause);
    }

    private static boolean isRefusedStream(Exception cause) {
        return cause instanceof H2StreamResetException reset && reset.getCode() == H2Error.REFUSED_STREAM.getCode();
    }

    private static String h2Error(int code) {
        H2Error error = H2Error.getByCode(code);
        return error == null ? "error " + code : error.name();
    }

    private static @Nullable Throwable certificateProblem(Throwable failure) {
        Throwable found = null;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException || cause instanceof CertPathBuilderException) {
                found = cause;
            }
        }
        return found;
    }

    private static boolean hasCause(Throwable failure, Class<? extends Throwable> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    private static String describe(Throwable cause) {
        String message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : PeerText.brief(message);
    }
}
