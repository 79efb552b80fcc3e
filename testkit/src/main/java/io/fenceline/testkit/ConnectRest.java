package io.fenceline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part of Connect's REST interface that tests use. What changes something is repeated while the workers rebalance (409);
 * questions that cannot be answered while they do or start (connection refused, 404 for a moment) are repeated by the
 * {@code await} methods only. Thread-safe.
 */
public final class ConnectRest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(3))
            .build();

    private final URI url;

    public ConnectRest(URI url) {
        this.url = url;
    }

    /** An answer, whatever its status. */
    public record RestAnswer(int status, String body) {

        public JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException("not JSON: " + body, e);
            }
        }

        public RestAnswer require(int... statuses) {
            for (int allowed : statuses) {
                if (status == allowed) {
                    return this;
                }
            }
            throw new AssertionError("unexpected answer " + status + ": " + body);
        }
    }

    /** What the worker says about a connector: its own state and that of each task, with the trace of the failed. */
    public record Status(String state, List<TaskStatus> tasks, String trace) {

        public boolean running(int taskCount) {
            return state.equals("RUNNING")
                    && tasks.size() == taskCount
                    && tasks.stream().allMatch(task -> task.state().equals("RUNNING"));
        }

        public boolean anyTaskFailed() {
            return tasks.stream().anyMatch(task -> task.state().equals("FAILED"));
        }

        public String traces() {
            StringBuilder all = new StringBuilder(trace);
            tasks.forEach(task -> all.append(task.trace()));
            return all.toString();
        }
    }

    public record TaskStatus(int id, String state, String worker, String trace) {}

    public List<String> connectors() throws IOException {
        List<String> names = new ArrayList<>();
        RestAnswer answer = send("GET", "/connectors", null);
        if (answer.status() != 200) {
            throw new IOException("connectors: " + answer);
        }
        answer.json().forEach(name -> names.add(name.asText()));
        return names;
    }

    public RestAnswer get(String path) {
        return unchecked("GET", path, null);
    }

    /** Creates the connector or replaces its configuration; repeats while the workers rebalance. */
    public void put(String name, Map<String, String> config) {
        String body = toJson(config);
        RestAnswer[] last = new RestAnswer[1];
        Await.until(
                "the workers take the configuration of " + name,
                Duration.ofSeconds(60),
                () -> {
                    RestAnswer answer = unchecked("PUT", "/connectors/" + name + "/config", body);
                    last[0] = answer;
                    if (answer.status() == 400) {
                        throw new AssertionError("configuration of " + name + " refused: " + answer.body());
                    }
                    return answer.status() == 200 || answer.status() == 201;
                },
                () -> "Last answer: " + last[0]);
    }

    /** The raw answer to a configuration, for tests that expect a refusal. */
    public RestAnswer tryPut(String name, Map<String, String> config) {
        return unchecked("PUT", "/connectors/" + name + "/config", toJson(config));
    }

    /** {@code POST /connectors} with a file of {@code config/}: {@code {"name": …, "config": {…}}}. */
    public RestAnswer create(String json) {
        return unchecked("POST", "/connectors", json);
    }

    public RestAnswer validate(String connectorClass, Map<String, String> config) {
        String simpleName = connectorClass.substring(connectorClass.lastIndexOf('.') + 1);
        return unchecked("PUT", "/connector-plugins/" + simpleName + "/config/validate", toJson(config));
    }

    /** Error messages by key; keys without an error are left out. */
    public Map<String, List<String>> validationErrors(String connectorClass, Map<String, String> config) {
        Map<String, List<String>> errors = new java.util.TreeMap<>();
        for (JsonNode entry :
                validate(connectorClass, config).require(200).json().get("configs")) {
            JsonNode value = entry.get("value");
            List<String> messages = new ArrayList<>();
            value.get("errors").forEach(message -> messages.add(message.asText()));
            if (!messages.isEmpty()) {
                errors.put(value.get("name").asText(), messages);
            }
        }
        return errors;
    }

    public Status status(String name) {
        RestAnswer answer = unchecked("GET", "/connectors/" + name + "/status", null);
        if (answer.status() != 200) {
            return new Status("UNKNOWN (" + answer.status() + ")", List.of(), "");
        }
        JsonNode json = answer.json();
        List<TaskStatus> tasks = new ArrayList<>();
        for (JsonNode task : json.get("tasks")) {
            tasks.add(new TaskStatus(
                    task.get("id").asInt(),
                    task.get("state").asText(),
                    task.get("worker_id").asText(),
                    task.path("trace").asText("")));
        }
        JsonNode connector = json.get("connector");
        return new Status(
                connector.get("state").asText(), tasks, connector.path("trace").asText(""));
    }

    public void awaitRunning(String name, int tasks, Duration timeout) {
        Await.until(
                name + " runs " + tasks + " tasks",
                timeout,
                () -> {
                    Status now = status(name);
                    if (now.state().equals("FAILED") || now.anyTaskFailed()) {
                        throw new AssertionError(name + " failed:\n" + now.traces());
                    }
                    return now.running(tasks);
                },
                () -> "Status: " + status(name));
    }

    /** Returns the traces of the failed tasks. */
    public String awaitFailed(String name, Duration timeout) {
        Await.until(
                "a task of " + name + " fails",
                timeout,
                () -> status(name).anyTaskFailed(),
                () -> "Status: " + status(name));
        return status(name).traces();
    }

    public void awaitState(String name, String state, Duration timeout) {
        Await.until(
                name + " is " + state,
                timeout,
                () -> status(name).state().equals(state),
                () -> "Status: " + status(name));
    }

    public void pause(String name) {
        onceSettled("PUT", "/connectors/" + name + "/pause", null).require(202);
    }

    public void resume(String name) {
        onceSettled("PUT", "/connectors/" + name + "/resume", null).require(202);
    }

    public void stop(String name) {
        onceSettled("PUT", "/connectors/" + name + "/stop", null).require(204);
    }

    public void restart(String name) {
        onceSettled("POST", "/connectors/" + name + "/restart?includeTasks=true", null)
                .require(200, 202, 204);
    }

    public RestAnswer offsets(String name) {
        return unchecked("GET", "/connectors/" + name + "/offsets", null);
    }

    public RestAnswer patchOffsets(String name, String json) {
        return onceSettled("PATCH", "/connectors/" + name + "/offsets", json);
    }

    public RestAnswer resetOffsets(String name) {
        return onceSettled("DELETE", "/connectors/" + name + "/offsets", null);
    }

    public void delete(String name) {
        Await.until("the workers delete " + name, Duration.ofSeconds(60), () -> {
            int status = unchecked("DELETE", "/connectors/" + name, null).status();
            return status == 204 || status == 404;
        });
    }

    /** The answer, once there is another one than that the workers rebalance or have not read the newest configuration. */
    private RestAnswer onceSettled(String method, String path, @Nullable String body) {
        RestAnswer[] last = new RestAnswer[1];
        Await.until(method + " " + path + " is answered", Duration.ofSeconds(60), () -> {
            RestAnswer answer = unchecked(method, path, body);
            last[0] = answer;
            boolean momentary = answer.status() == 409
                    && (answer.body().contains("rebalance") || answer.body().contains("stale configuration"));
            return !momentary;
        });
        return last[0];
    }

    private RestAnswer unchecked(String method, String path, @Nullable String body) {
        try {
            return send(method, path, body);
        } catch (IOException e) {
            return new RestAnswer(0, e.toString());
        }
    }

    private RestAnswer send(String method, String path, @Nullable String body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(url.resolve(path))
                .timeout(Duration.ofSeconds(95))
                .header("content-type", "application/json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            return new RestAnswer(response.statusCode(), response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static String toJson(Map<String, String> config) {
        ObjectNode node = JSON.createObjectNode();
        config.forEach(node::put);
        return node.toString();
    }
}
