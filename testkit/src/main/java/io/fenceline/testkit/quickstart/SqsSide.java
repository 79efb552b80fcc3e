package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.ManagedProcess;
import io.fenceline.testkit.SqsServer;
import io.fenceline.testkit.sqs.SqsAnswer;
import io.fenceline.testkit.sqs.SqsCalls;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;

/** ElasticMQ in a process of its own, or an endpoint that was there before. Thread-safe. */
final class SqsSide implements FarSide {

    /** Where neither the environment nor the endpoint names a region; local servers take any. */
    private static final String ANY_REGION = "us-east-1";

    private final URI endpoint;
    private final Optional<SqsServer> own;
    private final AwsEnvironment environment;
    private final SqsCalls calls;
    private final Set<String> made = ConcurrentHashMap.newKeySet();

    private SqsSide(URI endpoint, Optional<SqsServer> own, AwsEnvironment environment) {
        this.endpoint = endpoint;
        this.own = own;
        this.environment = environment;
        this.calls = environment.calls(endpoint);
    }

    /** Asks an endpoint that has to be there already whether it is; what comes back starts a server of our own. */
    static Callable<SqsSide> find(Options options, Path folder, Progress progress) throws Exception {
        if (options.sqsEndpoint().isEmpty()) {
            return () -> {
                SqsServer server = SqsServer.start(folder.resolve("sqs"));
                return new SqsSide(server.endpoint(), Optional.of(server), AwsEnvironment.NONE);
            };
        }
        URI endpoint = options.sqsEndpoint().get();
        SqsSide there = new SqsSide(endpoint, Optional.empty(), AwsEnvironment.of(System.getenv(), endpoint));
        progress.step("asking the SQS server at " + endpoint, () -> {
            there.requireAnswer();
            return true;
        });
        return () -> there;
    }

    private void requireAnswer() {
        SqsAnswer answer;
        try {
            answer = calls.call("ListQueues", SqsCalls.object());
        } catch (UncheckedIOException e) {
            throw new IllegalStateException("no SQS server answers at " + endpoint + ": " + e.getCause(), e);
        }
        if (answer.status() != 200) {
            throw new IllegalStateException("the SQS server at " + endpoint + " answers " + answer.status() + ": "
                    + answer.text()
                    + (environment.hasCredentials()
                            ? ""
                            : "; credentials are taken from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and"
                                    + " AWS_SESSION_TOKEN, the region from AWS_REGION"));
        }
    }

    /** Makes a queue, which is empty, and returns its URL. */
    String createFifoQueue(String name) {
        String url = QueueDrain.again(() -> calls.createFifoQueue(name));
        made.add(url);
        return url;
    }

    SqsCalls calls() {
        return calls;
    }

    /** For people: a call with curl. */
    String curl(String operation, String body) {
        return "curl%s -H 'content-type: application/x-amz-json-1.0' -H 'x-amz-target: AmazonSQS.%s' -d '%s' %s/"
                .formatted(environment.curlOptions(), operation, body, endpoint);
    }

    @Override
    public String where() {
        return "SQS at " + endpoint
                + (own.isPresent() ? " (ElasticMQ, not the real one)" : " (as --sqs-endpoint says)");
    }

    @Override
    public Map<String, String> connection() {
        return new TreeMap<>(Map.of(
                "sqs.endpoint",
                endpoint.toString(),
                "sqs.region",
                environment.region().orElse(ANY_REGION),
                "aws.access.key.id",
                "any",
                "aws.secret.access.key",
                "any"));
    }

    @Override
    public Map<String, String> credentials() {
        return environment.connectorKeys();
    }

    @Override
    public List<ManagedProcess> processes() {
        return own.map(SqsServer::process).stream().toList();
    }

    @Override
    public boolean isLasting() {
        return own.isEmpty();
    }

    @Override
    public void close() {
        if (isLasting()) {
            made.forEach(calls::deleteQueue);
        }
    }
}
