package io.fenceline.testkit;

import io.fenceline.s2.S2ClientConfig;

class AppendExchangeIT extends AppendExchangeContract {

    @Override
    S2ClientConfig config() {
        return RealServer.config();
    }
}
