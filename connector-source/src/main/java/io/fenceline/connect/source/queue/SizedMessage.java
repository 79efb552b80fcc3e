package io.fenceline.connect.source.queue;

import io.fenceline.sqs.ReceivedMessage;
import java.util.ArrayList;
import java.util.List;

/**
 * A message as it came, and its size. Bodies have up to a mebibyte, so they are counted before the custody's lock is taken: whoever
 * confirms a record, a producer's thread for one, waits for that lock. Immutable.
 *
 * @param size bytes as SQS counts them
 */
record SizedMessage(ReceivedMessage message, int size) {

    /** Counts each. */
    static List<SizedMessage> of(List<ReceivedMessage> messages) {
        List<SizedMessage> sized = new ArrayList<>(messages.size());
        for (ReceivedMessage message : messages) {
            sized.add(new SizedMessage(message, message.size()));
        }
        return sized;
    }
}
