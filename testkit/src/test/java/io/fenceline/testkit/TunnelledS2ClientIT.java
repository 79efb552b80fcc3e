package io.fenceline.testkit;

import io.fenceline.s2.S2ClientConfig;

class TunnelledS2ClientIT extends S2ClientContract {

    @Override
    S2ClientConfig config() {
        return TunnelledServer.config();
    }
}
