package io.fenceline.connect.sink.queue;

import java.util.List;

/** How lanes reach the outbox of their task, whoever owns it. Any thread; nothing waits for SQS. */
interface Dispatch {

    /** In this order, behind what was added before. */
    void add(List<OutboxMessage> messages);

    /** What was added to the lane's queue so far waits for no more messages. */
    void flush(OutboxLane lane);

    /** Nothing of the lane is sent any more; what is under way is not waited for, and its answer changes nothing. */
    void drop(OutboxLane lane);

    /** @throws org.apache.kafka.connect.errors.ConnectException nothing is sent any more, by a failure of our own */
    void throwIfDead();
}
