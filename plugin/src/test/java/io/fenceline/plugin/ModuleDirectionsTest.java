package io.fenceline.plugin;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.fenceline.s2.wire.ServerError;
import java.util.Set;
import java.util.TreeSet;

/** Which way dependencies point. Every main class of the project is looked at; each rule says what to do instead. */
@AnalyzeClasses(packages = "io.fenceline", importOptions = ImportOption.DoNotIncludeTests.class)
class ModuleDirectionsTest {

    private static final String[] WIRE_AND_SESSION = {
        "io.fenceline.s2..", "io.fenceline.retry..", "io.fenceline.append.."
    };
    private static final String[] MAIN = {
        "io.fenceline.s2..",
        "io.fenceline.sqs..",
        "io.fenceline.retry..",
        "io.fenceline.append..",
        "io.fenceline.connect.."
    };

    /** What sinks write to, and how. */
    private static final String[] STORES = {
        "io.fenceline.s2..",
        "io.fenceline.append..",
        "io.fenceline.sqs..",
        "software.amazon..",
        "io.fenceline.connect.s2..",
        "io.fenceline.connect.sqs..",
        "io.fenceline.connect.sink.claim..",
        "io.fenceline.connect.sink.stream..",
        "io.fenceline.connect.sink.s2..",
        "io.fenceline.connect.sink.queue..",
        "io.fenceline.connect.sink.sqs.."
    };

    /** Programs of their own, on a terminal: they print, and use Kafka's clients as a program does. */
    private static final String[] COMMANDS = {"io.fenceline.connect.verify..", "io.fenceline.connect.sink.position.."};

    /** Where real time comes in; everything else is handed a clock or a moment. */
    private static final DescribedPredicate<JavaClass> EDGE = resideInAnyPackage(
                    "io.fenceline.s2.http..", "io.fenceline.connect.verify..")
            .or(simpleNameOf("LoopThread"))
            .or(simpleNameOf("S2SinkTask"))
            .or(simpleNameOf("SqsSinkTask"))
            .or(simpleNameOf("S2SourceTask"))
            .or(simpleNameOf("SqsSourceTask"))
            .or(simpleNameOf("OffsetAlteration"))
            .or(simpleNameOf("PositionCommand"))
            .or(simpleNameOf("SqsConnectionCheck"))
            .or(simpleNameOf("AccessTokenFile"))
            .or(resideInAPackage("io.fenceline.testkit.."))
            .as("the edges of the system");

    @ArchTest
    static final ArchRule wireAndSessionKnowNoKafka = noClasses()
            .that()
            .resideInAnyPackage(WIRE_AND_SESSION)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.kafka..", "software.amazon..", "io.fenceline.connect..")
            .because("the append session is a library of its own; hand it values, or put the class into a connector"
                    + " module");

    @ArchTest
    static final ArchRule queuesKnowNoKafkaAndNoStreams = noClasses()
            .that()
            .resideInAPackage("io.fenceline.sqs..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..",
                    "io.fenceline.connect..",
                    "io.fenceline.s2..",
                    "io.fenceline.append..",
                    "io.fenceline.retry..")
            .because(
                    "a call is one attempt, told as it was; what is sent, and whether again, is decided in a connector module");

    @ArchTest
    static final ArchRule onlyQueuesKnowAws = noClasses()
            .that()
            .resideOutsideOfPackage("io.fenceline.sqs..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("software.amazon..")
            .because(
                    "what AWS's client does by itself (retries, codes, credentials) is known and kept down in one place; add what"
                            + " you need to QueueClient, in words of SQS");

    @ArchTest
    static final ArchRule wireKnowsNoSession = noClasses()
            .that()
            .resideInAPackage("io.fenceline.s2..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.fenceline.append..")
            .because("stream-wire is below append-session; policy (what to retry, what to reconcile) belongs above it");

    @ArchTest
    static final ArchRule retryKnowsNoService = noClasses()
            .that()
            .resideInAPackage("io.fenceline.retry..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fenceline.s2..", "io.fenceline.append..")
            .because("patience is the same for every service; say what an answer means where it is received");

    @ArchTest
    static final ArchRule commonKnowsNoConnector = noClasses()
            .that()
            .resideInAPackage("io.fenceline.connect..")
            .and()
            .resideOutsideOfPackages("io.fenceline.connect.sink..", "io.fenceline.connect.source..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fenceline.append..", "io.fenceline.connect.sink..", "io.fenceline.connect.source..")
            .because("what both directions share may not pull one of them in; move the class or pass what it needs");

    @ArchTest
    static final ArchRule sourceKnowsNeitherTheSinkNorTheSession = noClasses()
            .that()
            .resideInAPackage("io.fenceline.connect.source..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fenceline.connect.sink..", "io.fenceline.append..")
            .because("a source never appends; what both need goes to connector-common");

    @ArchTest
    static final ArchRule whatSourcesShareKnowsNoFarSide = noClasses()
            .that()
            .resideInAPackage("io.fenceline.connect.source")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.fenceline.s2..",
                    "io.fenceline.connect.s2..",
                    "io.fenceline.connect.source.*..",
                    "software.amazon..")
            .because("a source of queues stands on it beside that of streams; hand it a value or a word, or put the"
                    + " class into the package of what is read");

    @ArchTest
    static final ArchRule aRecordIsTheSameWhereverItIsWritten = noClasses()
            .that()
            .resideInAPackage("io.fenceline.connect")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "io.fenceline.s2..",
                            "io.fenceline.connect.s2..",
                            "io.fenceline.sqs..",
                            "io.fenceline.connect.sqs..")
                    .and(not(simpleNameOf("PeerText")))
                    .as("classes that know S2 or SQS, apart from PeerText, which cuts long text short"))
            .because("what a record is on S2 or SQS belongs into a RecordForm in io.fenceline.connect.s2 or"
                    + " io.fenceline.connect.sqs");

    @ArchTest
    static final ArchRule aRecordOnSqsKnowsNoS2 = noClasses()
            .that()
            .resideInAPackage("io.fenceline.connect.sqs")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.fenceline.s2..", "io.fenceline.connect.s2..")
                    .and(not(simpleNameOf("PeerText")))
                    .as("classes that know S2, apart from PeerText, which cuts long text short"))
            .because("queues and streams stand beside each other; what both need goes to io.fenceline.connect");

    @ArchTest
    static final ArchRule aRecordOnS2KnowsNoSqs = noClasses()
            .that()
            .resideInAPackage("io.fenceline.connect.s2")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fenceline.sqs..", "io.fenceline.connect.sqs..", "software.amazon..")
            .because("queues and streams stand beside each other; what both need goes to io.fenceline.connect");

    @ArchTest
    static final ArchRule sinkDoesNotKnowTheSource = noClasses()
            .that()
            .resideInAPackage("io.fenceline.connect.sink..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.fenceline.connect.source..")
            .because("what both need goes to connector-common");

    @ArchTest
    static final ArchRule aLaneKnowsKafkaAndNoStore = noClasses()
            .that()
            .resideInAPackage("io.fenceline.connect.sink.lane..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(STORES)
            .because("offsets, seeks, errant records and commits are the same for every store; what a store needs of"
                    + " its own goes behind LaneTarget");

    @ArchTest
    static final ArchRule whatEverySinkTaskDoesKnowsNoStore = noClasses()
            .that()
            .resideInAPackage("io.fenceline.connect.sink.task..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(STORES)
            .because("Connect's calls, its dead letter queue and the keys every sink has are the same for every store;"
                    + " hand in a value or a word, or put the class beside the store's task");

    @ArchTest
    static final ArchRule noCircles = slices().matching("io.fenceline.(**)")
            .should()
            .beFreeOfCycles()
            .because("packages that need each other can only be read, tested and changed as one: move what both need"
                    + " below them, or let the lower one ask through an interface of its own");

    @ArchTest
    static final ArchRule mainDoesNotKnowTheTestkit = noClasses()
            .that()
            .resideInAnyPackage(MAIN)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.fenceline.testkit..")
            .because("the testkit is not shipped; what both need belongs to the main module");

    @ArchTest
    static final ArchRule onlyStableKafkaClasses = noClasses()
            .that()
            .resideInAPackage("io.fenceline.connect..")
            .and()
            .resideOutsideOfPackages(COMMANDS)
            .should()
            .dependOnClassesThat(resideInAPackage("org.apache.kafka..")
                    .and(not(stableKafka()))
                    .as("Kafka classes outside Connect's API and a few stable ones"))
            .because("everything else moved or vanished between releases and killed workers at plugin scan; write the"
                    + " few lines yourself");

    @ArchTest
    static final ArchRule commandsUsePublicClients = noClasses()
            .that()
            .resideInAnyPackage(COMMANDS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka.common.utils..",
                    "org.apache.kafka..internals..",
                    "org.apache.kafka.connect.runtime..")
            .allowEmptyShould(true)
            .because("a command runs with whatever kafka-clients the worker has");

    @ArchTest
    static final ArchRule anAnswerIsReadInOnePlace = noClasses()
            .that()
            .resideInAnyPackage(MAIN)
            .and()
            .resideOutsideOfPackage("io.fenceline.s2..")
            .should()
            .callMethod(ServerError.class, "status")
            .orShould()
            .callMethod(ServerError.class, "code")
            .because("what a status or a code means was asked in nine places and drifted apart; switch over answer()");

    @ArchTest
    static final ArchRule timeIsHandedIn = noClasses()
            .that(not(EDGE))
            .should()
            .accessTargetWhere(readsAClock())
            .because("a decision that reads the clock cannot be tested; take a LongSupplier or the moment itself");

    @ArchTest
    static final ArchRule noSleeping = noClasses()
            .that()
            .resideInAnyPackage(MAIN)
            .and()
            .resideOutsideOfPackage("io.fenceline.connect.verify..")
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .because("callbacks of Connect return in bounded time and the session loop serves many streams; schedule"
                    + " instead");

    @ArchTest
    static final ArchRule noPrinting = noClasses()
            .that()
            .resideInAnyPackage(MAIN)
            .and()
            .resideOutsideOfPackages(COMMANDS)
            .should()
            .accessTargetWhere(
                    target(owner(describe("System.out or System.err", type -> type.isEquivalentTo(System.class))))
                            .and(target(describe("a standard stream", member -> Set.of("out", "err")
                                    .contains(member.getName())))))
            .because("a worker's log is slf4j");

    @ArchTest
    static void everyPackageIsNullMarked(JavaClasses classes) {
        var unmarked = new TreeSet<String>();
        for (JavaClass type : classes) {
            JavaPackage home = type.getPackage();
            if (!home.isAnnotatedWith("org.jspecify.annotations.NullMarked")) {
                unmarked.add(home.getName());
            }
        }
        assertThat(unmarked)
                .as("packages without a package-info.java that says @NullMarked, where the null checks are blind")
                .isEmpty();
    }

    private static DescribedPredicate<JavaClass> stableKafka() {
        return resideInAnyPackage(
                        "org.apache.kafka.connect.components",
                        "org.apache.kafka.connect.connector..",
                        "org.apache.kafka.connect.data",
                        "org.apache.kafka.connect.errors",
                        "org.apache.kafka.connect.header",
                        "org.apache.kafka.connect.health",
                        "org.apache.kafka.connect.sink",
                        "org.apache.kafka.connect.source",
                        "org.apache.kafka.connect.storage",
                        "org.apache.kafka.common.config..",
                        "org.apache.kafka.common.metrics")
                .or(resideInAPackage("org.apache.kafka.common").and(describe("named below", type -> Set.of(
                                "TopicPartition", "Configurable", "KafkaException", "MetricName")
                        .contains(type.getSimpleName()))))
                .or(resideInAPackage("org.apache.kafka.common.record").and(simpleNameOf("TimestampType")))
                .or(resideInAPackage("org.apache.kafka.clients..")
                        .and(describe("named below", type -> Set.of("OffsetAndMetadata", "RecordMetadata")
                                .contains(type.getSimpleName()))));
    }

    private static DescribedPredicate<JavaAccess<?>> readsAClock() {
        return describe("a system clock is read", access -> {
            String type = access.getTargetOwner().getName();
            String method = access.getTarget().getName();
            return type.equals("java.lang.System")
                            && Set.of("nanoTime", "currentTimeMillis").contains(method)
                    || type.startsWith("java.time.") && method.equals("now")
                    || type.equals("java.time.Clock") && method.startsWith("system");
        });
    }

    private static DescribedPredicate<JavaClass> simpleNameOf(String name) {
        return describe(name, type -> outermost(type).getSimpleName().equals(name));
    }

    private static JavaClass outermost(JavaClass type) {
        return type.getEnclosingClass().map(ModuleDirectionsTest::outermost).orElse(type);
    }
}
