package io.fenceline.connect.sqs;

import io.fenceline.connect.ReservedHeaders;

/**
 * The names of our attributes on SQS, beside which a message carries the record's headers under their own names:
 *
 * <pre>
 * kafka.id        String   topic/partition/offset of the original record    always
 * kafka.ts        Number   Kafka timestamp in milliseconds                  absent if the record has none
 * kafka.key       Binary   key bytes                                        absent for a null key
 *                 String   "empty"                                          a key of zero bytes: SQS takes no empty value
 * kafka.null      String   "1", with the body "null"                        present if the value was null
 * kafka.encoding  String   "base64" or "empty": how the body was written    absent if the body is the value itself
 * </pre>
 */
final class QueueAttributes {

    static final String ID = ReservedHeaders.ID;
    static final String TIMESTAMP = ReservedHeaders.TIMESTAMP;
    static final String KEY = ReservedHeaders.KEY;
    static final String NULL_VALUE = ReservedHeaders.NULL_VALUE;
    static final String ENCODING = ReservedHeaders.PREFIX + "encoding";

    /** In place of a key of zero bytes, told from a key that reads so by its type. */
    static final String EMPTY_KEY = "empty";

    static final String IS_NULL = "1";
    static final String NULL_BODY = "null";

    static final String BASE64 = "base64";

    /** The encoding of zero bytes, and the body that stands for them. */
    static final String EMPTY = "empty";

    private QueueAttributes() {}
}
