package io.fenceline.sqs;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * What calls are signed with. Nothing is looked up here: a {@link QueueClient} opens what it needs, fetches anew what expires,
 * and closes it with itself. Immutable; texts leave secrets out.
 */
public sealed interface QueueCredentials {

    /** AWS's default chain: system properties, environment, web identity, profile, ECS and EKS Pod Identity, instance metadata. */
    record DefaultChain() implements QueueCredentials {}

    /** An access key; with a session token for temporary ones, which nobody renews. */
    record AccessKey(String id, String secret, @Nullable String sessionToken) implements QueueCredentials {
        @Override
        public String toString() {
            return "AccessKey[id=" + id + "]";
        }
    }

    /** A profile of the shared credentials and configuration files. */
    record NamedProfile(String name) implements QueueCredentials {}

    /**
     * A role, taken on by STS in the client's region and again before it expires.
     *
     * @param externalId what the role's owner asks for; null if nothing
     * @param base       who takes the role on; not a role itself
     */
    record AssumedRole(
            String arn, String sessionName, @Nullable String externalId, QueueCredentials base)
            implements QueueCredentials {

        /** @throws IllegalArgumentException for a role on a role */
        public AssumedRole {
            if (base instanceof AssumedRole) {
                throw new IllegalArgumentException(
                        "a role is taken on by a key, a profile, a provider or the default chain");
            }
        }
    }

    /**
     * Somebody else's {@code software.amazon.awssdk.auth.credentials.AwsCredentialsProvider}, ready to be asked, from any thread. The
     * client closes it if it can be closed; it cannot make it fetch anew what SQS refused.
     */
    record ProvidedBy(Object provider) implements QueueCredentials {

        /** @throws IllegalArgumentException if it is not such a provider */
        public ProvidedBy {
            if (!(provider instanceof AwsCredentialsProvider)) {
                throw new IllegalArgumentException(notAProvider(provider.getClass()));
            }
        }

        @Override
        public String toString() {
            return "ProvidedBy[" + provider.getClass().getName() + "]";
        }
    }

    /**
     * A new provider of a class, by its static {@code create()}, as AWS's own are made, or its public constructor without
     * arguments. What else it needs (Kafka's {@code Configurable}) is the caller's to give before it becomes a {@link ProvidedBy}.
     *
     * @throws IllegalArgumentException if the class is no provider, or cannot be made so; the message says which
     */
    static Object newProvider(Class<?> type) {
        if (!AwsCredentialsProvider.class.isAssignableFrom(type)) {
            throw new IllegalArgumentException(notAProvider(type));
        }
        try {
            Method create = factory(type);
            return create != null ? create.invoke(null) : type.getConstructor().newInstance();
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(type.getName() + " cannot be made: " + e.getCause(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(
                    type.getName() + " has no static create() and no public constructor without arguments", e);
        }
    }

    private static @Nullable Method factory(Class<?> type) {
        try {
            Method create = type.getMethod("create");
            return Modifier.isStatic(create.getModifiers())
                            && AwsCredentialsProvider.class.isAssignableFrom(create.getReturnType())
                    ? create
                    : null;
        } catch (NoSuchMethodException e) {
            return null;
        }
    }

    private static String notAProvider(Class<?> type) {
        return type.getName() + " is not an " + AwsCredentialsProvider.class.getName();
    }
}
