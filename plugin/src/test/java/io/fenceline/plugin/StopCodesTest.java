package io.fenceline.plugin;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UnmappableRecordException;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.connect.errors.ConnectException;

/** A task that stops says a code, under which the guide to operations has what to do ({@code OperationsPageTest}). */
@AnalyzeClasses(packages = "io.fenceline.connect", importOptions = ImportOption.DoNotIncludeTests.class)
class StopCodesTest {

    /** Classes that throw an exception of Connect's own. */
    private static final Set<String> WITHOUT = Set.of(
            // the exceptions that have codes
            "TerminalException",
            "UnmappableRecordException",
            // one record, which is asked for again or reported
            "RecordMapper",
            // answers to offset requests, of which none stops a task
            "OffsetAlteration",
            "OffsetRequest",
            "ForgottenOffsets",
            "SlotRequest",
            // caught where it is known whether it is for an answer or for a stop
            "StreamPartition",
            "SourceOffset",
            "SlotOffsets",
            // failures of our own code, whose stack is in the log and in the cause
            "S2SinkTask",
            "WorkerCalls",
            "Senders",
            "QueueReader");

    @ArchTest
    static final ArchRule whatStopsATaskHasACode = noClasses()
            .that(describe("not named here", type -> !isNamed(type)))
            .should()
            .callConstructorWhere(withoutCode())
            .because("an operator looks a stop up by its code: make a TerminalException, by the stops of the partition,"
                    + " stream or queue, or name the class in StopCodesTest if what it throws never stops a task");

    @ArchTest
    static void everyClassThatIsNamedThrowsOne(JavaClasses classes) {
        Set<String> idle = new TreeSet<>(WITHOUT);
        for (JavaClass type : classes) {
            if (type.getConstructorCallsFromSelf().stream().anyMatch(withoutCode())) {
                idle.remove(outermost(type).getSimpleName());
            }
        }
        assertThat(idle).as("named here, and throw nothing without a code").isEmpty();
    }

    private static boolean isNamed(JavaClass type) {
        return WITHOUT.contains(outermost(type).getSimpleName());
    }

    private static DescribedPredicate<JavaConstructorCall> withoutCode() {
        return describe("makes an exception of Connect's without a code", call -> {
            JavaClass made = call.getTargetOwner();
            return made.isAssignableTo(ConnectException.class)
                    && !made.isAssignableTo(TerminalException.class)
                    && !made.isAssignableTo(UnmappableRecordException.class);
        });
    }

    private static JavaClass outermost(JavaClass type) {
        return type.getEnclosingClass().map(StopCodesTest::outermost).orElse(type);
    }
}
