package io.fenceline.sqs;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/** The region a client works in when nobody named one. */
public final class QueueRegion {

    private QueueRegion() {}

    /**
     * What AWS's region chain says: system property {@code aws.region}, environment, profile, instance metadata. On a machine
     * that is not AWS's the last one can take seconds, unless {@code AWS_EC2_METADATA_DISABLED} is true.
     *
     * @param profile the profile to look at; null for the default one
     */
    public static Optional<String> ofTheEnvironment(@Nullable String profile) {
        try {
            DefaultAwsRegionProviderChain.Builder chain = DefaultAwsRegionProviderChain.builder();
            if (profile != null) {
                chain.profileName(profile);
            }
            return Optional.ofNullable(chain.build().getRegion()).map(region -> region.id());
        } catch (SdkClientException e) {
            return Optional.empty();
        }
    }
}
