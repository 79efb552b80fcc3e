package io.fenceline.s2.http;

import org.apache.hc.core5.http.HttpConnection;
import org.apache.hc.core5.http.nio.command.RequestExecutionCommand;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.Command;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.util.Timeout;

/** One HTTP/2 connection, used by one request at a time. Any thread may call. */
final class Connection {

    private final IOSession session;
    private final GoAwayListener goAway;
    private final OutputMeter output;
    private volatile boolean used;

    /**
     * @param goAway listens on that session
     * @param output   counts what goes out over it
     */
    Connection(IOSession session, GoAwayListener goAway, OutputMeter output) {
        this.session = session;
        this.goAway = goAway;
        this.output = output;
    }

    OutputMeter output() {
        return output;
    }

    /** True once an exchange on it has ended well, so that the peer is known to speak HTTP/2. */
    boolean isUsed() {
        return used;
    }

    /** Nothing is under way on it any more. */
    void markUsed() {
        used = true;
        goAway.tell(null);
    }

    boolean isUsable() {
        return session.isOpen() && session.getHandler() instanceof HttpConnection http && http.isOpen();
    }

    /** Starts a request as soon as the connection is ready for it. A connection that is gone fails the exchange. */
    void execute(Exchange exchange) {
        goAway.tell(exchange);
        RequestExecutionCommand command = new RequestExecutionCommand(exchange, HttpCoreContext.create());
        session.enqueue(command, Command.Priority.NORMAL);
        if (!session.isOpen()) {
            command.cancel();
        }
    }

    /** The connection closes itself after that long without traffic. */
    void closeWhenIdleFor(Timeout timeout) {
        session.setSocketTimeout(timeout);
    }

    void keepOpen() {
        session.setSocketTimeout(Timeout.DISABLED);
    }

    /** Cuts the connection; the peer sees a reset. */
    void discard() {
        session.close(CloseMode.IMMEDIATE);
    }
}
