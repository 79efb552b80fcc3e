package io.fenceline.testkit.conformance;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The suite on the embedded server, in memory. */
@Execution(ExecutionMode.CONCURRENT)
class EmbeddedConformanceIT {

    @Nested
    class Account extends AccountConformance {
        Account() {
            super(Target.EMBEDDED);
        }
    }

    @Nested
    class Stream extends StreamConformance {
        Stream() {
            super(Target.EMBEDDED);
        }
    }

    @Nested
    class Append extends AppendConformance {
        Append() {
            super(Target.EMBEDDED);
        }
    }

    @Nested
    class Read extends ReadConformance {
        Read() {
            super(Target.EMBEDDED);
        }
    }

    @Nested
    class AppendSession extends AppendSessionConformance {
        AppendSession() {
            super(Target.EMBEDDED);
        }
    }

    @Nested
    class ReadSession extends ReadSessionConformance {
        ReadSession() {
            super(Target.EMBEDDED);
        }
    }

    @Nested
    class OfficialClient extends OfficialClientConformance {
        OfficialClient() {
            super(Target.EMBEDDED);
        }
    }
}
