package io.fenceline.sqs;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchResultEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResultEntry;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesResponse;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.SqsResponse;

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
public final class QueueClient implements QueueSender, QueueReceiver, QueueInspector {

    /** Longest wait of a queue for a message (API reference, ReceiveMessage). */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

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
                // silence between two bytes; how long a call may take is kept by the watch, each call's time for itself
                .socketTimeout(request.plus(LONGEST_WAIT))
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
        CallAttempt attempt = attempt(gate, config.requestTimeout());
        return call(
                attempt,
                () -> sqs.sendMessageBatch(request),
                response -> response.hasSuccessful() || response.hasFailed()
                        ? new SendOutcome.Answered(MessageBatch.outcomes(messages, response))
                        : failed(withoutEntries(attempt, response)),
                QueueClient::failed);
    }

    private static SendOutcome failed(CallFailure failure) {
        return new SendOutcome.Failed(failure.answer(), failure.code(), failure.message());
    }

    // ------------------------------------------------------------ receiving

    @Override
    public ReceiveOutcome receive(QueueUrl queue, ReceiveRequest request) {
        ReceiveMessageRequest message = ReceivedMessages.request(queue, request);
        CallAttempt attempt = attempt(QueueClient::open, config.requestTimeout().plus(request.waitTime()));
        return call(
                attempt,
                () -> sqs.receiveMessage(message),
                response -> received(queue, request, attempt, response),
                QueueClient::notReceived);
    }

    private ReceiveOutcome received(
            QueueUrl queue, ReceiveRequest request, CallAttempt attempt, ReceiveMessageResponse response) {
        if (!attempt.isObject()) {
            // nothing and [] would pass for an answer without messages, and be asked for again at once
            return notReceived(senseless(attempt, "without SQS's JSON", response));
        }
        try {
            return new ReceiveOutcome.Received(ReceivedMessages.read(queue, request, response));
        } catch (ReceivedMessages.Senseless e) {
            return notReceived(senseless(attempt, String.valueOf(e.getMessage()), response));
        }
    }

    private static ReceiveOutcome notReceived(CallFailure failure) {
        return new ReceiveOutcome.Failed(failure.answer(), failure.code(), failure.message());
    }

    @Override
    public HandleOutcome delete(QueueUrl queue, List<String> handles) {
        DeleteMessageBatchRequest request = HandleBatch.delete(queue, handles);
        CallAttempt attempt = attempt(QueueClient::open, config.requestTimeout());
        return call(
                attempt,
                () -> sqs.deleteMessageBatch(request),
                response -> response.hasSuccessful() || response.hasFailed()
                        ? answered(
                                handles,
                                response.successful().stream().map(DeleteMessageBatchResultEntry::id),
                                response.failed())
                        : notAnswered(handles, withoutEntries(attempt, response)),
                failure -> notAnswered(handles, failure));
    }

    @Override
    public HandleOutcome changeVisibility(QueueUrl queue, List<String> handles, Duration visibility) {
        ChangeMessageVisibilityBatchRequest request = HandleBatch.changeVisibility(queue, handles, visibility);
        CallAttempt attempt = attempt(QueueClient::open, config.requestTimeout());
        return call(
                attempt,
                () -> sqs.changeMessageVisibilityBatch(request),
                response -> response.hasSuccessful() || response.hasFailed()
                        ? answered(
                                handles,
                                response.successful().stream().map(ChangeMessageVisibilityBatchResultEntry::id),
                                response.failed())
                        : notAnswered(handles, withoutEntries(attempt, response)),
                failure -> notAnswered(handles, failure));
    }

    private static HandleOutcome answered(
            List<String> handles, Stream<String> successful, List<BatchResultErrorEntry> failed) {
        return new HandleOutcome.Answered(HandleBatch.outcomes(handles.size(), successful, failed));
    }

    private static HandleOutcome notAnswered(List<String> handles, CallFailure failure) {
        // of several handles it does not say which
        HandleOutcome.Entry only = handles.size() == 1 ? AnswerReader.ofHandle(failure) : null;
        return only != null
                ? new HandleOutcome.Answered(List.of(only))
                : new HandleOutcome.Failed(failure.answer(), failure.code(), failure.message());
    }

    // ------------------------------------------------------------ the queue itself

    @Override
    public QueueInspection inspect(QueueUrl queue) {
        // by their names SQS refuses those of FIFO queues on others
        GetQueueAttributesRequest request = GetQueueAttributesRequest.builder()
                .queueUrl(queue.text())
                .attributeNames(QueueAttributeName.ALL)
                .build();
        CallAttempt attempt = attempt(QueueClient::open, config.requestTimeout());
        return call(
                attempt,
                () -> sqs.getQueueAttributes(request),
                response -> seen(queue, attempt, response),
                QueueClient::unseen);
    }

    private QueueInspection seen(QueueUrl queue, CallAttempt attempt, GetQueueAttributesResponse response) {
        Map<String, String> attributes = response.attributesAsStrings();
        if (attributes.isEmpty()) {
            return unseen(senseless(attempt, "without a queue's attributes", response));
        }
        try {
            return new QueueInspection.Seen(QueueSettingsReader.settings(queue, attributes));
        } catch (NumberFormatException e) {
            return unseen(senseless(
                    attempt,
                    "with a queue's attribute that is not a number: " + ErrorText.brief(e.getMessage()),
                    response));
        }
    }

    private static QueueInspection unseen(CallFailure failure) {
        return new QueueInspection.Unseen(failure.answer(), failure.code(), failure.message());
    }

    // ------------------------------------------------------------ one attempt

    /** The gate of calls that nobody holds back. */
    private static boolean open() {
        return true;
    }

    private CallAttempt attempt(BooleanSupplier gate, Duration requestTimeout) {
        return new CallAttempt(gate, nanoTime, config.connectTimeout().toNanos(), requestTimeout.toNanos());
    }

    /** @param request is called once; {@code answered} reads what it gives, {@code failed} what it throws */
    private <R, O> O call(
            CallAttempt attempt, Supplier<R> request, Function<R, O> answered, Function<CallFailure, O> failed) {
        R response;
        http.begin(attempt);
        watch.begin(attempt);
        try {
            response = request.get();
        } catch (RuntimeException e) {
            return failed.apply(failure(attempt, e));
        } finally {
            watch.end(attempt);
            http.end();
        }
        return answered.apply(response);
    }

    private CallFailure failure(CallAttempt attempt, RuntimeException thrown) {
        if (thrown instanceof AbortedException) {
            // the SDK takes the mark away when it throws this
            Thread.currentThread().interrupt();
        }
        CallFailure failure = CallFailure.of(attempt, thrown, config, closed);
        if (attempt.begun() && failure.answer() == QueueAnswer.DENIED) {
            credentials.renew(attempt.supply());
        }
        return failure;
    }

    private CallFailure withoutEntries(CallAttempt attempt, SqsResponse response) {
        return senseless(attempt, "without a list of entries", response);
    }

    private CallFailure senseless(CallAttempt attempt, String what, SqsResponse response) {
        return CallFailure.senseless(attempt, what, response.responseMetadata().requestId(), config);
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
