package io.fenceline.benchmarks.onebyone;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** A sink as most that send to SQS are built: a request for each record, one after the other, on the task's thread. */
public final class OneByOneSinkConnector extends SinkConnector {

    /** URL of the queue. */
    public static final String QUEUE = "queue.url";

    /** Folder in which each task keeps the number of messages SQS has accepted. */
    public static final String COUNT_FOLDER = "count.folder";

    static final String TASK = "task";

    private static final ConfigDef CONFIG = new ConfigDef()
            .define(QUEUE, ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Where messages go.")
            .define(COUNT_FOLDER, ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Where tasks keep their counts.");

    private Map<String, String> config = Map.of();

    @Override
    public void start(Map<String, String> properties) {
        config = Map.copyOf(properties);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return OneByOneSinkTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        List<Map<String, String>> tasks = new ArrayList<>();
        for (int i = 0; i < maxTasks; i++) {
            Map<String, String> task = new HashMap<>(config);
            task.put(TASK, Integer.toString(i));
            tasks.add(task);
        }
        return tasks;
    }

    @Override
    public void stop() {}

    @Override
    public ConfigDef config() {
        return CONFIG;
    }

    @Override
    public String version() {
        return "0";
    }
}
