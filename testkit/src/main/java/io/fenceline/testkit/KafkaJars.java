package io.fenceline.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The jars of one Kafka version, as module kafka-runtime lays them out. Immutable. */
public record KafkaJars(String version, Path libs) {

    public static final String DEFAULT_VERSION = "4.3.1";

    /** The oldest we run on: that of MSK Connect. */
    private static final String OLDEST_VERSION = "3.7.2";

    /** The version of system property {@code kafka.version}, else the default. */
    public static KafkaJars configured() {
        return of(System.getProperty("kafka.version", DEFAULT_VERSION));
    }

    public static KafkaJars oldest() {
        return of(OLDEST_VERSION);
    }

    public static KafkaJars of(String version) {
        Path libs = ProjectRoot.find().resolve("kafka-runtime/target/kafka-" + version + "/libs");
        if (!Files.isDirectory(libs)) {
            throw new IllegalStateException("Kafka " + version + " is not in " + libs
                    + "; get it with: mvn -pl kafka-runtime process-resources -Dkafka.runtime.version=" + version);
        }
        return new KafkaJars(version, libs);
    }

    public String classPath() {
        try (Stream<Path> jars = Files.list(libs)) {
            return String.join(
                    File.pathSeparator,
                    jars.map(Path::toString)
                            .filter(name -> name.endsWith(".jar"))
                            .sorted()
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A JVM made to start fast and stay small: servers here live for minutes. */
    List<String> command(List<String> jvmOptions, String mainClass, List<String> arguments) {
        return command(Path.of(System.getProperty("java.home")), jvmOptions, mainClass, arguments);
    }

    /** The same with another JVM than ours. */
    List<String> command(Path javaHome, List<String> jvmOptions, String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(javaHome.resolve("bin/java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Djava.awt.headless=true",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
                "-Dorg.slf4j.simpleLogger.showShortLogName=true",
                "-Dorg.slf4j.simpleLogger.log.org.reflections=error",
                "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.clients.consumer.ConsumerConfig=warn",
                "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.clients.producer.ProducerConfig=warn",
                "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.clients.admin.AdminClientConfig=warn"));
        command.addAll(jvmOptions);
        command.add("-cp");
        command.add(classPath());
        command.add(mainClass);
        command.addAll(arguments);
        return command;
    }
}
