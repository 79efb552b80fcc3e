package io.fenceline.sqs;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesRequest;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;

/**
 * SQS over HTTP. A call is one attempt: nothing below it tries again, follows a redirect or asks whether to continue, and an
 * {@link AttemptHttpClient} lets no second request through.
 *
 * <p>What a failed call means follows from how far it came ({@link CallAttempt}): before the first byte of the body it certainly
 * had no effect, after it an error that SQS gives counts as it says, and everything else is in doubt. Refused credentials are
 * fetched anew for the next call.
 *
 * <p>Thread-safe; a call works on its caller's thread. One further thread keeps the deadlines ({@link DeadlineWatch}).
 */
public final class QueueClient implements QueueSender, QueueInspector {

    private static final Pattern MAX_RECEIVE_COUNT = Pattern.compile("\"maxReceiveCount\"\\s*:\\s*\"?(\\d{1,9})\\b");

    private final QueueClientConfig config;
    private final LongSupplier nanoTime;
    private final AttemptHttpClient http;
    private final CredentialsSource credentials;
    private final SqsClient sqs;
    private final DeadlineWatch watch;
    private volatile boolean closed;

    /**
     * Opens no connection yet, and asks for no credentials.
     *
     * @param nanoTime a monotonic clock in nanoseconds, by which deadlines are kept
     * @throws IllegalArgumentException if neither the configuration nor AWS's region chain names a region
     */
    public QueueClient(QueueClientConfig config, LongSupplier nanoTime) {
        this.config = config;
        this.nanoTime = nanoTime;
        Region region = Region.of(region(config));
        Duration connect = config.connectTimeout();
        Duration request = config.requestTimeout();
        // named, because the class path of a worker may have others; its own retries and redirects are off
        this.http = new AttemptHttpClient(Apache5HttpClient.builder()
                .connectionTimeout(connect)
                .connectionAcquisitionTimeout(connect)
                .socketTimeout(request)
                .maxConnections(config.maxConnections())
                .expectContinueEnabled(false)
                .build());
        this.credentials = new CredentialsSource(config, region, http::current);
        this.sqs = SqsClient.builder()
                .endpointOverride(config.endpoint())
                .region(region)
                .credentialsProvider(credentials)
                .httpClient(http)
                // compared entry by entry instead: the SDK throws a whole answer away for one digest
                .checksumValidationEnabled(false)
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build();
        this.watch = new DeadlineWatch(nanoTime, connect.compareTo(request) < 0 ? connect : request);
    }

    private static String region(QueueClientConfig config) {
        if (config.region() != null) {
            return config.region();
        }
        String profile = config.credentials() instanceof QueueCredentials.NamedProfile named ? named.name() : null;
        return QueueRegion.ofTheEnvironment(profile)
                .orElseThrow(() -> new IllegalArgumentException("no region is given, and AWS's region chain has none"));
    }

    @Override
    public SendOutcome send(QueueUrl queue, List<OutgoingMessage> messages, BooleanSupplier gate) {
        SendMessageBatchRequest request = MessageBatch.request(queue, messages);
        CallAttempt attempt = begin(gate);
        SendMessageBatchResponse response;
        try {
            response = sqs.sendMessageBatch(request);
        } catch (RuntimeException e) {
            Failure failure = failure(attempt, e);
            return new SendOutcome.Failed(failure.answer, failure.code, failure.message);
        } finally {
            end(attempt);
        }
        if (!response.hasSuccessful() && !response.hasFailed()) {
            return new SendOutcome.Failed(
                    QueueAnswer.SENSELESS,
                    null,
                    config.endpoint() + " answered " + attempt.status() + " without a list of entries"
                            + requestId(response.responseMetadata().requestId()));
        }
        return new SendOutcome.Answered(MessageBatch.outcomes(messages, response));
    }

    @Override
    public QueueInspection inspect(QueueUrl queue) {
        // by their names SQS refuses those of FIFO queues on others
        GetQueueAttributesRequest request = GetQueueAttributesRequest.builder()
                .queueUrl(queue.text())
                .attributeNames(QueueAttributeName.ALL)
                .build();
        CallAttempt attempt = begin(() -> true);
        Map<String, String> attributes;
        try {
            attributes = sqs.getQueueAttributes(request).attributesAsStrings();
        } catch (RuntimeException e) {
            Failure failure = failure(attempt, e);
            return new QueueInspection.Unseen(failure.answer, failure.code, failure.message);
        } finally {
            end(attempt);
        }
        if (attributes.isEmpty()) {
            return new QueueInspection.Unseen(
                    QueueAnswer.SENSELESS,
                    null,
                    config.endpoint() + " answered " + attempt.status() + " without a queue's attributes");
        }
        try {
            return new QueueInspection.Seen(settings(queue, attributes));
        } catch (NumberFormatException e) {
            return new QueueInspection.Unseen(
                    QueueAnswer.SENSELESS,
                    null,
                    config.endpoint() + " gave a queue's attribute that is not a number: "
                            + ErrorText.brief(e.getMessage()));
        }
    }

    private static QueueSettings settings(QueueUrl queue, Map<String, String> attributes) {
        String fifo = attributes.get("FifoQueue");
        Matcher redrive = MAX_RECEIVE_COUNT.matcher(attributes.getOrDefault("RedrivePolicy", ""));
        return new QueueSettings(
                attributes.get("QueueArn"),
                fifo == null ? queue.isFifo() : Boolean.parseBoolean(fifo),
                Boolean.parseBoolean(attributes.get("ContentBasedDeduplication")),
                "messageGroup".equals(attributes.get("DeduplicationScope"))
                        ? QueueSettings.DeduplicationScope.MESSAGE_GROUP
                        : QueueSettings.DeduplicationScope.QUEUE,
                Integer.parseInt(
                        attributes.getOrDefault("MaximumMessageSize", Integer.toString(QueueSettings.LARGEST_MESSAGE))),
                Duration.ofSeconds(Integer.parseInt(attributes.getOrDefault("VisibilityTimeout", "30"))),
                redrive.find() ? OptionalInt.of(Integer.parseInt(redrive.group(1))) : OptionalInt.empty());
    }

    private CallAttempt begin(BooleanSupplier gate) {
        CallAttempt attempt = new CallAttempt(
                gate,
                nanoTime,
                config.connectTimeout().toNanos(),
                config.requestTimeout().toNanos());
        http.begin(attempt);
        watch.begin(attempt);
        return attempt;
    }

    private void end(CallAttempt attempt) {
        watch.end(attempt);
        http.end();
    }

    private record Failure(QueueAnswer answer, @Nullable String code, String message) {}

    private Failure failure(CallAttempt attempt, RuntimeException thrown) {
        if (thrown instanceof AbortedException) {
            // the SDK takes the mark away when it throws this
            Thread.currentThread().interrupt();
        }
        if (attempt.heldBack()) {
            RuntimeException gate = attempt.gateFailure();
            return new Failure(
                    QueueAnswer.HELD_BACK,
                    null,
                    gate == null ? "held back by the caller" : "the caller's gate failed: " + gate);
        }
        RuntimeException unsigned = attempt.credentialsFailure();
        if (unsigned != null) {
            return withoutCredentials(unsigned);
        }
        if (!attempt.begun()) {
            return new Failure(QueueAnswer.UNREACHABLE, null, notReached(attempt, thrown));
        }
        if (thrown instanceof AwsServiceException error) {
            QueueAnswer answer = AnswerReader.of(error);
            if (answer == QueueAnswer.DENIED) {
                credentials.renew(attempt.supply());
            }
            return new Failure(
                    answer, AnswerReader.code(error), config.endpoint() + " answered " + AnswerReader.text(error));
        }
        return answerLost(attempt, thrown);
    }

    private String notReached(CallAttempt attempt, RuntimeException thrown) {
        if (closed) {
            return "the client is closed";
        }
        if (attempt.overdue()) {
            return "no connection to " + config.endpoint() + " within "
                    + config.connectTimeout().toMillis() + " ms";
        }
        return "nothing was sent to " + config.endpoint() + ": " + ErrorText.cause(thrown);
    }

    /** Credentials come from files, from this machine, or from STS, which can be out of reach like any service. */
    private Failure withoutCredentials(RuntimeException unsigned) {
        String message = "no credentials: " + ErrorText.cause(unsigned);
        if (unsigned instanceof AwsServiceException error) {
            QueueAnswer answer = AnswerReader.of(error);
            return new Failure(
                    // whatever became of that call, nothing was sent to SQS
                    answer.isInDoubt()
                            ? QueueAnswer.UNREACHABLE
                            : answer == QueueAnswer.THROTTLED ? answer : QueueAnswer.DENIED,
                    AnswerReader.code(error),
                    "no credentials: their service answered " + AnswerReader.text(error));
        }
        boolean network = unsigned instanceof SdkClientException && ErrorText.hasNetworkCause(unsigned);
        return new Failure(network ? QueueAnswer.UNREACHABLE : QueueAnswer.DENIED, null, message);
    }

    /** The request may have arrived. */
    private Failure answerLost(CallAttempt attempt, RuntimeException thrown) {
        if (attempt.overdue()) {
            return new Failure(
                    QueueAnswer.NO_ANSWER,
                    null,
                    "no answer of " + config.endpoint() + " within "
                            + config.requestTimeout().toMillis() + " ms");
        }
        if (attempt.status() >= 500) {
            return new Failure(
                    QueueAnswer.SERVER_ERROR,
                    null,
                    config.endpoint() + " answered " + attempt.status() + ", and no more");
        }
        boolean connection = thrown instanceof AbortedException
                || attempt.broken() == CallAttempt.Break.CONNECTION
                || attempt.broken() == CallAttempt.Break.NONE && attempt.status() == 0;
        if (connection) {
            return new Failure(
                    QueueAnswer.NO_ANSWER,
                    null,
                    "the connection to " + config.endpoint() + " broke before an answer: " + ErrorText.cause(thrown));
        }
        return new Failure(
                QueueAnswer.SENSELESS,
                null,
                config.endpoint() + " answered what SQS does not say"
                        + (attempt.status() == 0 ? "" : ", with status " + attempt.status()) + ": "
                        + ErrorText.cause(thrown));
    }

    private static String requestId(@Nullable String id) {
        return id == null || id.equals("UNKNOWN") ? "" : " (request id " + ErrorText.brief(id) + ")";
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        watch.close();
        sqs.close();
        http.close();
        credentials.close();
    }
}
