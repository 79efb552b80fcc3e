/** The SQS source connector: configuration, validation and the task. Start at {@link io.fenceline.connect.source.sqs.SqsSourceConnector}. */
@NullMarked
package io.fenceline.connect.source.sqs;

import org.jspecify.annotations.NullMarked;
