package io.fenceline.connect.sink.task;

import io.fenceline.connect.config.TaskKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The configurations of a sink's tasks. */
public final class TaskConfigs {

    private TaskConfigs() {}

    /** The connector's own for every task, and the task's number, for the names of its figures: Connect spreads the partitions. */
    public static List<Map<String, String>> numbered(Map<String, String> properties, int maxTasks) {
        List<Map<String, String>> configs = new ArrayList<>();
        for (int task = 0; task < maxTasks; task++) {
            Map<String, String> config = new HashMap<>(properties);
            config.put(TaskKeys.NUMBER, String.valueOf(task));
            configs.add(config);
        }
        return configs;
    }
}
