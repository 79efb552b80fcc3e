package io.fenceline.testkit;

import io.fenceline.s2.S2ClientConfig;

class TunnelledAppendExchangeIT extends AppendExchangeContract {

    @Override
    S2ClientConfig config() {
        return TunnelledServer.config();
    }
}
