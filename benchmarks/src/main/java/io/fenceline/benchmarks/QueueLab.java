package io.fenceline.benchmarks;

import io.fenceline.testkit.HttpFaultProxy;
import io.fenceline.testkit.sqs.SqsCalls;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Queues on the ElasticMQ of a lab, which has been started, and the way to it of those that are measured. */
final class QueueLab implements AutoCloseable {

    private final Lab lab;
    private final Optional<HttpFaultProxy> late;

    /** @param delay milliseconds by which answers are later for those that are measured; -1 for no proxy */
    QueueLab(Lab lab, int delay) {
        this.lab = lab;
        this.late = delay < 0
                ? Optional.empty()
                : Optional.of(HttpFaultProxy.to(lab.sqs().endpoint()));
        late.ifPresent(proxy -> proxy.delay(Duration.ofMillis(delay)));
    }

    /** As those that are measured are given it. */
    String endpoint() {
        return late.map(HttpFaultProxy::url).orElse(lab.sqs().endpoint()).toString();
    }

    /** The same of a queue. */
    String seen(String queueUrl) {
        return late.map(proxy -> proxy.queueUrl(queueUrl)).orElse(queueUrl);
    }

    /** Makes a queue; returns its URL, past the proxy. */
    String create(QueueKind kind, String name) {
        return kind == QueueKind.FIFO
                ? calls().createFifoQueue(name + kind.suffix)
                : calls().createQueue(name, Map.of());
    }

    void delete(String queueUrl) {
        calls().deleteQueue(queueUrl);
    }

    /** Past the proxy. */
    SqsCalls calls() {
        return lab.sqs().calls();
    }

    /** As the worker's, so that JVMs that work without Connect run the same code in the same way. */
    static Set<String> jvmOptions() {
        return new LinkedHashSet<>(List.of(
                "-Xms1g",
                "-Xmx1g",
                "-XX:+UseG1GC",
                "-XX:-UseDynamicNumberOfCompilerThreads",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
    }

    @Override
    public void close() {
        late.ifPresent(HttpFaultProxy::close);
    }
}
