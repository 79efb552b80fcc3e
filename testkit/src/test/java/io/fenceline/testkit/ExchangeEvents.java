package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.ServerError;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what an append exchange reports, in order, for the test to take. */
final class ExchangeEvents implements AppendExchange.Listener {

    sealed interface Event {}

    record Established() implements Event {}

    record Acked(AppendAck ack, boolean reconnectAdvised) implements Event {}

    record Advised() implements Event {}

    record Rejected(ServerError error) implements Event {}

    record Ended() implements Event {}

    record Broken(TransportFailure failure) implements Event {}

    private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();

    /** The next event, which must be of this type. */
    <T extends Event> T next(Class<T> type) {
        Event event = poll(20_000);
        assertThat(event).isInstanceOf(type);
        return type.cast(event);
    }

    /** The next ack's first position. */
    long nextAck() {
        return next(Acked.class).ack().start().seqNum();
    }

    /** The event after an optional {@link Established}. */
    <T extends Event> T nextAfterOpening(Class<T> type) {
        Event event = poll(20_000);
        return event instanceof Established ? next(type) : type.cast(event);
    }

    void assertNothingFor(long millis) {
        assertThat(poll(millis)).isNull();
    }

    private Event poll(long millis) {
        try {
            return events.poll(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void onEstablished() {
        events.add(new Established());
    }

    @Override
    public void onAck(AppendAck ack, boolean reconnectAdvised) {
        events.add(new Acked(ack, reconnectAdvised));
    }

    @Override
    public void onReconnectAdvised() {
        events.add(new Advised());
    }

    @Override
    public void onRejected(ServerError error) {
        events.add(new Rejected(error));
    }

    @Override
    public void onEnded() {
        events.add(new Ended());
    }

    @Override
    public void onBroken(TransportFailure failure) {
        events.add(new Broken(failure));
    }
}
