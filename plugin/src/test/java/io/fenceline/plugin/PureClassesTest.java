package io.fenceline.plugin;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.TreeSet;

/**
 * What decides is pure: events, answers, moments and chance go in, what to do comes out, and a test can try every order of
 * them. Every shipped class counts as pure, one that is added tomorrow too, unless it is an edge of the system and named here.
 */
@AnalyzeClasses(packages = "io.fenceline", importOptions = ImportOption.DoNotIncludeTests.class)
class PureClassesTest {

    /** Packages of which every class may touch the outside. */
    private static final DescribedPredicate<JavaClass> EDGE_PACKAGES = resideInAnyPackage(
            "io.fenceline.s2.http..",
            "io.fenceline.connect.metrics..",
            "io.fenceline.connect.verify..",
            "io.fenceline.testkit..");

    /** Classes that touch the outside, by what they touch. Nested classes go with theirs. */
    private static final Set<String> EDGES = Set.of(
            // S2: answers come later, on threads of the transport
            "S2Client",
            "AccessTokens",
            "AccessTokenFile", // read on a thread of its own
            "StreamAccess",
            "S2StreamAccess",
            "BasinAccess",
            "S2BasinAccess",
            "SourceBasin",
            "S2SourceBasin",
            "S2ConnectionCheck",
            "StreamReader",
            "StreamDiscovery",
            "StreamSurvey",
            "SqsConnectionCheck",
            "EndpointRule", // looks a host's name up
            // SQS: a call blocks its caller's thread
            "QueueClient",
            "AttemptHttpClient",
            "CredentialsSource",
            "QueueRegion",
            "DeadlineWatch",
            // the loop's thread: these do what machines say
            "AppendSession",
            "LoopSession",
            "SessionLoop",
            "LoopThread",
            "ClaimRunner",
            "StepRunner",
            "CheckpointInstaller",
            "StreamPositions",
            // commands
            "PositionCommand",
            "GroupPosition",
            // Connect's worker: its threads, its producer, its classes
            "BodyConverter",
            "ConnectConverters",
            "ConnectPort",
            "WorkerCalls",
            "PartingWait",
            "DeadLetterQueue",
            "OffsetTracker", // asks reports of the worker's producer how they ended
            "Heartbeats", // told of by the producer's thread
            "HandOverWatch",
            "TransactionWatch",
            "OffsetAlteration",
            "S2SinkTask",
            "SqsSinkTask",
            "S2SourceTask",
            "SqsSourceTask",
            // how other threads reach a task's
            "TaskInbox",
            "PollInbox",
            "SinkLanes",
            "PartitionLane",
            "LaneTarget",
            "StreamTarget",
            "StreamSession",
            "StreamQuestion",
            "QueueTarget",
            // threads of a task that talk to SQS
            "Senders",
            "QueueQuestions",
            "CallThreads",
            "QueueReader",
            "QueueLook");

    /** Machines in the strict sense: nobody else's threads know them, so they have no use for what threads share. */
    private static final DescribedPredicate<JavaClass> MACHINES = resideInAnyPackage(
            "io.fenceline.append.machine..", "io.fenceline.retry..", "io.fenceline.connect.sink.claim..");

    @ArchTest
    static final ArchRule whatDecidesIsPure = noClasses()
            .that(not(edges()))
            .should()
            .dependOnClassesThat(outside())
            .because("what decides has to be tried in every order of events, without a thread, a server or a second's"
                    + " wait: take the answer, the moment (a LongSupplier) or the chance (a RandomGenerator) as an"
                    + " argument, say what to do in what you return, and let the caller do it. If the role of this"
                    + " class is to be that caller, name it among the edges in PureClassesTest");

    @ArchTest
    static final ArchRule chanceIsHandedIn = noClasses()
            .that(not(edges()))
            .should()
            .callMethodWhere(drawsByItself())
            .because("a run cannot be repeated from its seed otherwise; take a RandomGenerator");

    @ArchTest
    static final ArchRule machinesShareNothingAndLogNothing = noClasses()
            .that(MACHINES.and(not(edges())))
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.util.concurrent..", "java.io..", "org.slf4j..")
                    .and(not(type(java.util.concurrent.TimeUnit.class)))
                    .and(not(type(java.io.Serializable.class)))
                    .or(type(java.time.Instant.class))
                    .as("what threads share, streams of bytes, logs or moments of the wall clock"))
            .because("a machine belongs to one thread, and what it has to say is in its effects: let its driver count,"
                    + " log and look at the clock");

    @ArchTest
    static void everyEdgeTouchesTheOutside(JavaClasses classes) {
        var idle = new TreeSet<>(EDGES);
        for (JavaClass type : classes) {
            if (type.getDirectDependenciesFromSelf().stream()
                    .anyMatch(dependency -> outside().test(dependency.getTargetClass()))) {
                idle.remove(outermost(type).getSimpleName());
            }
        }
        assertThat(idle)
                .as("named as edges and pure, or not there: take them out of the list, so that they stay pure")
                .isEmpty();
    }

    private static DescribedPredicate<JavaClass> edges() {
        return EDGE_PACKAGES.or(
                describe("edges", type -> EDGES.contains(outermost(type).getSimpleName())));
    }

    /** Threads, and how they wait for each other and for what others do; the network; files; chance; a clock; clients. */
    private static DescribedPredicate<JavaClass> outside() {
        DescribedPredicate<JavaClass> values = describe("values", type -> Set.of(
                        "java.util.concurrent.TimeUnit",
                        "java.util.concurrent.Future",
                        "java.util.concurrent.CancellationException",
                        "java.util.concurrent.CompletionException",
                        "java.util.concurrent.ExecutionException",
                        "java.net.URI",
                        "java.net.URISyntaxException",
                        "java.net.URLEncoder",
                        "java.io.ByteArrayInputStream",
                        "java.io.ByteArrayOutputStream",
                        "java.io.IOException",
                        "java.io.InputStream",
                        "java.io.OutputStream",
                        "java.io.Serializable",
                        "java.io.UncheckedIOException",
                        "org.apache.kafka.clients.consumer.OffsetAndMetadata")
                .contains(type.getName()));
        return resideInAnyPackage(
                        "java.util.concurrent",
                        "java.util.concurrent.locks..",
                        "java.net..",
                        "java.nio.channels..",
                        "java.nio.file..",
                        "java.io..",
                        "javax.net..",
                        "javax.management..",
                        "org.apache.hc..",
                        "org.apache.kafka.clients..",
                        "software.amazon.awssdk.http..",
                        "software.amazon.awssdk.regions.providers..",
                        "software.amazon.awssdk.services.sts..")
                .and(not(values))
                .or(describe("threads, timers, chance, a clock or the worker", type -> Set.of(
                                "java.lang.Process",
                                "java.lang.ProcessBuilder",
                                "java.lang.Runtime",
                                "java.lang.Thread",
                                "java.lang.ThreadLocal",
                                "java.util.Timer",
                                "java.util.TimerTask",
                                "java.util.Random",
                                "java.util.SplittableRandom",
                                "java.security.SecureRandom",
                                "java.time.Clock",
                                "org.apache.kafka.connect.sink.ErrantRecordReporter",
                                "org.apache.kafka.connect.sink.SinkTaskContext",
                                "org.apache.kafka.connect.source.SourceTaskContext",
                                "software.amazon.awssdk.services.sqs.SqsClient")
                        .contains(type.getName())))
                .as("threads, executors, locks, sockets, files, chance, a clock, a client or the worker");
    }

    private static DescribedPredicate<JavaAccess<?>> drawsByItself() {
        return describe("chance is drawn from the system", access -> {
            String type = access.getTargetOwner().getName();
            String method = access.getTarget().getName();
            return type.equals("java.lang.Math") && method.equals("random")
                    || type.equals("java.util.UUID") && method.equals("randomUUID")
                    || type.equals("java.util.random.RandomGenerator")
                            && Set.of("of", "getDefault").contains(method);
        });
    }

    private static JavaClass outermost(JavaClass type) {
        return type.getEnclosingClass().map(PureClassesTest::outermost).orElse(type);
    }
}
