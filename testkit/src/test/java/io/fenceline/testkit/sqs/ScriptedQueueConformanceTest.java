package io.fenceline.testkit.sqs;

import io.fenceline.testkit.ScriptedSqsServer;
import java.util.Set;

/** The suite on the scripted server, which follows SQS in everything the suite asks. */
class ScriptedQueueConformanceTest extends QueueConformance {

    private static final ScriptedSqsServer SERVER = ScriptedSqsServer.start();

    ScriptedQueueConformanceTest() {
        super(SERVER, Set.of());
    }
}
