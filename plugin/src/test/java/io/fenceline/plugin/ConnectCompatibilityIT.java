package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.Method;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The archive is compiled against one release of Connect and has to run on others. */
class ConnectCompatibilityIT {

    private static final Set<String> METHODS_OF_OBJECT =
            Arrays.stream(Object.class.getMethods()).map(Method::getName).collect(Collectors.toSet());

    static Stream<String> connectVersions() {
        return HubArchive.connectVersions();
    }

    @ParameterizedTest
    @MethodSource("connectVersions")
    void everyClassLoadsAndVerifies(String version) throws Exception {
        var broken = new TreeSet<String>();
        try (URLClassLoader loader = HubArchive.loader(version)) {
            for (Path jar : HubArchive.ourJars().values()) {
                for (String name : HubArchive.classes(jar)) {
                    try {
                        Class<?> type = Class.forName(name, true, loader);
                        type.getDeclaredMethods();
                        type.getDeclaredFields();
                        type.getDeclaredConstructors();
                    } catch (LinkageError e) {
                        broken.add(name + ": " + e);
                    }
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("connectVersions")
    void everyKafkaMethodAndFieldWeUseIsThere(String version) throws Exception {
        List<JarFile> jars = new ArrayList<>();
        for (Path jar : HubArchive.ourJars().values()) {
            jars.add(new JarFile(jar.toFile()));
        }
        for (Path jar : HubArchive.connectJars(version).values()) {
            jars.add(new JarFile(jar.toFile()));
        }
        // of Kafka, only what is public: the rest of kafka-clients takes its time to read
        ImportOption worthReading = location -> !location.matches(
                java.util.regex.Pattern.compile(
                        ".*/org/apache/kafka/(.*/internals?/|common/(message|requests|record|utils|network|protocol)/|shaded/).*"));
        JavaClasses classes =
                new ClassFileImporter().withImportOption(worthReading).importJars(jars);
        for (JarFile jar : jars) {
            jar.close();
        }

        var missing = new TreeSet<String>();
        classes.stream()
                .filter(type -> type.getPackageName().startsWith("io.fenceline"))
                .flatMap(type -> type.getAccessesFromSelf().stream())
                .filter(access -> access.getTargetOwner().getPackageName().startsWith("org.apache.kafka"))
                .filter(access -> access.getTarget().resolveMember().isEmpty())
                // an interface has these without declaring them
                .filter(access -> !METHODS_OF_OBJECT.contains(access.getTarget().getName()))
                .map(JavaAccess::getDescription)
                .forEach(missing::add);
        assertThat(missing).isEmpty();
    }
}
