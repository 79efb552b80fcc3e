package io.fenceline.testkit;

import io.fenceline.s2.S2ClientConfig;

class S2ClientIT extends S2ClientContract {

    @Override
    S2ClientConfig config() {
        return RealServer.config();
    }
}
