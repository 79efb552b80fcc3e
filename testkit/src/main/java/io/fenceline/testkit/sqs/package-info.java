/**
 * SQS for tests: its rules as a model without I/O ({@code QueueModel}), a server in front of it that fails as it is told
 * ({@code QueueService}, {@code SqsFault}), and plain calls to any server that speaks AWS JSON 1.0 ({@code SqsCalls}).
 */
@NullMarked
package io.fenceline.testkit.sqs;

import org.jspecify.annotations.NullMarked;
