package io.fenceline.testkit.conformance;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The suite on the embedded server with everything on disk. */
@Execution(ExecutionMode.CONCURRENT)
class EmbeddedInAFolderConformanceIT {

    @Nested
    class Account extends AccountConformance {
        Account() {
            super(Target.EMBEDDED_IN_A_FOLDER);
        }
    }

    @Nested
    class Stream extends StreamConformance {
        Stream() {
            super(Target.EMBEDDED_IN_A_FOLDER);
        }
    }

    @Nested
    class Append extends AppendConformance {
        Append() {
            super(Target.EMBEDDED_IN_A_FOLDER);
        }
    }

    @Nested
    class Read extends ReadConformance {
        Read() {
            super(Target.EMBEDDED_IN_A_FOLDER);
        }
    }

    @Nested
    class AppendSession extends AppendSessionConformance {
        AppendSession() {
            super(Target.EMBEDDED_IN_A_FOLDER);
        }
    }

    @Nested
    class ReadSession extends ReadSessionConformance {
        ReadSession() {
            super(Target.EMBEDDED_IN_A_FOLDER);
        }
    }

    @Nested
    class OfficialClient extends OfficialClientConformance {
        OfficialClient() {
            super(Target.EMBEDDED_IN_A_FOLDER);
        }
    }
}
