package io.fenceline.benchmarks.onebyone;

import java.io.IOException;
import java.net.URI;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.SendMessageRequest;

/** Counts into eight bytes of a mapped file what SQS has accepted: whoever measures can look as often as they like. */
public final class OneByOneSinkTask extends SinkTask {

    private @Nullable MappedByteBuffer counter;
    private @Nullable SqsClient sqs;
    private String queue = "";
    private long count;

    @Override
    public void start(Map<String, String> properties) {
        queue = Objects.requireNonNull(properties.get(OneByOneSinkConnector.QUEUE));
        URI url = URI.create(queue);
        sqs = SqsClient.builder()
                .endpointOverride(URI.create(url.getScheme() + "://" + url.getRawAuthority()))
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("bench", "bench")))
                .httpClientBuilder(Apache5HttpClient.builder())
                .build();
        Path folder = Path.of(Objects.requireNonNull(properties.get(OneByOneSinkConnector.COUNT_FOLDER)));
        Path file = folder.resolve("count-" + properties.get(OneByOneSinkConnector.TASK));
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                counter = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
            }
        } catch (IOException e) {
            throw new ConnectException("cannot count into " + file, e);
        }
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        SqsClient client = Objects.requireNonNull(sqs);
        for (SinkRecord record : records) {
            String partition = record.topic() + "-" + record.kafkaPartition();
            SendMessageRequest.Builder message = SendMessageRequest.builder()
                    .queueUrl(queue)
                    .messageBody(new String((byte[]) record.value(), StandardCharsets.UTF_8));
            if (queue.endsWith(".fifo")) {
                message.messageGroupId(partition).messageDeduplicationId(partition + "-" + record.kafkaOffset());
            }
            client.sendMessage(message.build());
            Objects.requireNonNull(counter).putLong(0, ++count);
        }
    }

    @Override
    public void stop() {
        if (sqs != null) {
            sqs.close();
        }
    }

    @Override
    public String version() {
        return "0";
    }
}
