package io.fenceline.testkit;

import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.Messages.AppendInput;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.testkit.s2.EmbeddedServer;
import io.fenceline.testkit.s2.Fault;
import io.fenceline.testkit.s2.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The embedded S2 server as unit tests use it: in this JVM, in memory, one basin that answers to every name, and
 * {@link Fault}s as values. One I/O thread serves all connections, so events are handled one at a time. Any thread may
 * script it and look at it.
 */
public final class ScriptedS2Server implements AutoCloseable {

    private static final String BASIN = "every-basin";

    private final EmbeddedServer server;

    private ScriptedS2Server(LongSupplier clockMillis) {
        try {
            server = EmbeddedServer.builder()
                    .clock(clockMillis)
                    .oneBasin()
                    .rememberRequests()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static ScriptedS2Server start() {
        return start(System::currentTimeMillis);
    }

    /** @param clockMillis arrival time of records and creation time of streams */
    public static ScriptedS2Server start(LongSupplier clockMillis) {
        return new ScriptedS2Server(clockMillis);
    }

    /** For both endpoints of a client. */
    public URI url() {
        return server.url();
    }

    /** Looks at streams over the JSON interface, as at any server's. */
    public S2Reader reader(String basin) {
        return new S2Reader(url().toString(), url().toString(), basin, null);
    }

    /** Queues faults behind those still waiting. */
    public void inject(Fault... next) {
        server.inject(next);
    }

    /** Faults that have not struck yet. */
    public List<Fault> waitingFaults() {
        return server.waitingFaults();
    }

    /** Whether every request about this stream is answered with 503, as long as nothing else is said. */
    public void unavailable(String stream, boolean on) {
        server.unavailable(stream, on);
    }

    /** From now on batches are sequenced but not durable: no ack, no failed condition, no reader sees them. */
    public void holdDurability() {
        server.holdDurability();
    }

    public void releaseDurability() {
        server.releaseDurability();
    }

    public void createStream(String name) {
        server.createStream(BASIN, name);
    }

    /** Gone at once, records and token. */
    public void deleteStream(String name) {
        server.deleteStream(BASIN, name);
    }

    /** Appends as somebody else, without conditions. */
    public void append(String name, AppendRecord... records) {
        server.append(BASIN, name, new AppendInput(List.of(records), null, null));
    }

    /** Everything appended so far and not trimmed, durable or not. */
    public List<SequencedRecord> records(String name) {
        return server.records(BASIN, name);
    }

    public FencingToken token(String name) {
        return server.token(BASIN, name);
    }

    public List<Request> requests() {
        return server.requests();
    }

    /** As {@link EmbeddedServer#acceptOnly}. */
    public void acceptOnly(String... tokens) {
        server.acceptOnly(tokens);
    }

    /** Requests refused for their token. */
    public int refusedTokens() {
        return server.refusedTokens();
    }

    /** As {@link EmbeddedServer#acceptAnybody}. */
    public void acceptAnybody() {
        server.acceptAnybody();
    }

    /** Connections accepted since the start. */
    public int connectionsAccepted() {
        return server.connectionsAccepted();
    }

    public int openConnections() {
        return server.openConnections();
    }

    /** Resets every open connection. */
    public void resetConnections() {
        server.resetConnections();
    }

    @Override
    public void close() {
        server.close();
    }
}
