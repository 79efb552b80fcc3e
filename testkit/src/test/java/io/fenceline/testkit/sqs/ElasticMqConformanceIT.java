package io.fenceline.testkit.sqs;

import io.fenceline.testkit.SqsServer;
import java.nio.file.Path;
import java.util.EnumSet;

/** The suite on ElasticMQ, which differs from SQS in what is named here, and in nothing else the suite asks. */
class ElasticMqConformanceIT extends QueueConformance {

    private static final SqsServer SERVER = SqsServer.start(Path.of("target", "runs", "elasticmq"));

    ElasticMqConformanceIT() {
        super(SERVER, EnumSet.allOf(Difference.class));
    }
}
