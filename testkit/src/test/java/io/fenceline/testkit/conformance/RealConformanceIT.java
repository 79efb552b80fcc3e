package io.fenceline.testkit.conformance;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The suite on a real server: it decides what the suite asks for. */
@Execution(ExecutionMode.CONCURRENT)
class RealConformanceIT {

    @Nested
    class Account extends AccountConformance {
        Account() {
            super(Target.REAL);
        }
    }

    @Nested
    class Stream extends StreamConformance {
        Stream() {
            super(Target.REAL);
        }
    }

    @Nested
    class Append extends AppendConformance {
        Append() {
            super(Target.REAL);
        }
    }

    @Nested
    class Read extends ReadConformance {
        Read() {
            super(Target.REAL);
        }
    }

    @Nested
    class AppendSession extends AppendSessionConformance {
        AppendSession() {
            super(Target.REAL);
        }
    }

    @Nested
    class ReadSession extends ReadSessionConformance {
        ReadSession() {
            super(Target.REAL);
        }
    }

    @Nested
    class OfficialClient extends OfficialClientConformance {
        OfficialClient() {
            super(Target.REAL);
        }
    }
}
