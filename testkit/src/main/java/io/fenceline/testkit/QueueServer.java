package io.fenceline.testkit;

import io.fenceline.testkit.sqs.SqsCalls;
import java.net.URI;
import java.time.Duration;

/** A server that speaks SQS's protocol and has a clock that a test moves. */
public interface QueueServer extends AutoCloseable {

    /** Value for {@code sqs.endpoint}. */
    URI endpoint();

    /** Plain calls to it, past everything that is under test. */
    default SqsCalls calls() {
        return new SqsCalls(endpoint());
    }

    /** Moves the clock ahead; when it returns, deduplication and visibility go by the new time. */
    void moveClock(Duration ahead);

    @Override
    void close();
}
