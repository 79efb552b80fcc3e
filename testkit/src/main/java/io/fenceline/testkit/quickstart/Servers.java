package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.KafkaBroker;
import java.nio.file.Path;

/**
 * What a run works with.
 *
 * @param far  the end of the route that is not Kafka
 * @param root of the project
 */
record Servers<F extends FarSide>(KafkaBroker broker, ConnectWorker worker, F far, Path root) {}
