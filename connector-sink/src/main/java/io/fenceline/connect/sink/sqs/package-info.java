/** The SQS sink connector: configuration, validation and the task. Start at {@link io.fenceline.connect.sink.sqs.SqsSinkConnector}. */
@NullMarked
package io.fenceline.connect.sink.sqs;

import org.jspecify.annotations.NullMarked;
