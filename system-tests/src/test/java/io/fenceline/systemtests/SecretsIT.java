package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.ConnectWorker;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** Access token and encryption key appear in nothing the product writes: log at DEBUG, JMX, status, traces. */
final class SecretsIT {

    private static final String KEY =
            Base64.getEncoder().encodeToString("32-bytes-of-key-nobody-may-see!!".getBytes(StandardCharsets.UTF_8));

    private final Cluster cluster = Cluster.shared();

    @Test
    void secretsShowUpNowhere() throws Exception {
        int jmxPort;
        try (ServerSocket socket = new ServerSocket(0)) {
            jmxPort = socket.getLocalPort();
        }
        ConnectWorker worker = cluster.newWorker("secrets")
                .jvmOptions(
                        "-Xmx256m",
                        "-Dorg.slf4j.simpleLogger.log.io.fenceline=trace",
                        "-Dcom.sun.management.jmxremote.port=" + jmxPort,
                        "-Dcom.sun.management.jmxremote.host=127.0.0.1",
                        "-Djava.rmi.server.hostname=127.0.0.1",
                        "-Dcom.sun.management.jmxremote.authenticate=false",
                        "-Dcom.sun.management.jmxremote.ssl=false")
                .start();
        String topic = cluster.createTopic("secrets", 2);
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("s2.encryption.key", KEY);
        Sink sink = Sink.start(cluster, worker.rest(), topic, 2, cluster.reader(), config);
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            producer.send(new ProducerRecord<>(topic, 0, null, new byte[100]));
            producer.send(new ProducerRecord<>(topic, 1, null, new byte[100]));
        }
        sink.awaitAllArrived(Duration.ofSeconds(30));
        // a task that fails prints more than one that works
        String missing = cluster.createTopic("secrets-missing", 1);
        Map<String, String> failing = cluster.sink(missing, 1);
        failing.put("s2.encryption.key", KEY);
        failing.put("s2.basin", "there-is-no-such-basin");
        failing.put("validate.connection", "false");
        worker.rest().put("failing", failing);
        String trace = worker.rest().awaitFailed("failing", Duration.ofSeconds(60));

        String beans = JmxBeans.all(jmxPort);
        String status =
                worker.rest().get("/connectors/" + sink.name() + "/status").body();
        String log = Files.readString(worker.log());

        assertThat(beans).contains(sink.name());
        assertThat(log).contains("S2SinkTask");
        for (String secret : Arrays.asList(Cluster.TOKEN, KEY)) {
            assertThat(trace).doesNotContain(secret);
            assertThat(beans).doesNotContain(secret);
            assertThat(status).doesNotContain(secret);
            assertThat(log.lines().filter(line -> line.contains(secret)).limit(3))
                    .isEmpty();
        }
        worker.rest().delete("failing");
        sink.delete();
        worker.close();
    }
}
