package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Modifier;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in the archive, what is not, and that its bytes depend on the sources alone. */
class HubArchiveIT {

    /** What Connect loads through META-INF/services. */
    private static final List<String> PLUGIN_TYPES = List.of(
            "org.apache.kafka.connect.sink.SinkConnector",
            "org.apache.kafka.connect.source.SourceConnector",
            "org.apache.kafka.connect.storage.Converter",
            "org.apache.kafka.connect.storage.HeaderConverter",
            "org.apache.kafka.connect.transforms.Transformation",
            "org.apache.kafka.connect.transforms.predicates.Predicate",
            "org.apache.kafka.common.config.provider.ConfigProvider");

    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(#[^)]*)?\\)");

    @Test
    void everythingIsBelowOneFolderNamedAfterOwnerNameAndVersion() {
        assertThat(HubArchive.ID).isEqualTo("fenceline-kafka-connect-fenceline-" + HubArchive.VERSION);
        assertThat(HubArchive.ZIP).hasFileName(HubArchive.ID + ".zip");
        assertThat(HubArchive.entries())
                .allSatisfy(entry -> assertThat(entry.name()).startsWith(HubArchive.ID + "/"));
        assertThat(HubArchive.entries())
                .filteredOn(entry ->
                        entry.name().split("/", -1).length == 2 && !entry.name().endsWith("/"))
                .extracting(HubArchive.Entry::name)
                .containsExactly(HubArchive.ID + "/manifest.json");
    }

    @Test
    void theManifestIsOursWithTheVersionFilledIn() throws IOException {
        JsonNode manifest = new ObjectMapper().readTree(HubArchive.file("manifest.json"));
        JsonNode source = new ObjectMapper()
                .readTree(Files.readString(HubArchive.ROOT.resolve("manifest.json"))
                        .replace("${project.version}", HubArchive.VERSION));

        assertThat(manifest).isEqualTo(source);
        assertThat(manifest.at("/owner/username").asText() + "-"
                        + manifest.at("/name").asText() + "-"
                        + manifest.at("/version").asText())
                .isEqualTo(HubArchive.ID);
        assertThat(manifest.at("/features/delivery_guarantee")).isNotEmpty();
        assertThat(manifest.at("/component_types")).extracting(JsonNode::asText).containsExactly("sink", "source");
        assertThat(manifest.at("/release_date").asText())
                .isEqualTo(HubArchive.required("build.timestamp").substring(0, 10));
    }

    @Test
    void everyConnectorReportsTheVersionOfTheManifest() throws Exception {
        String connect = HubArchive.connectVersions().findFirst().orElseThrow();
        try (URLClassLoader loader = HubArchive.loader(connect)) {
            var versions = new TreeMap<String, Object>();
            for (String type : PLUGIN_TYPES.subList(0, 2)) {
                for (String name : concreteClasses(loader, type)) {
                    Class<?> connector = Class.forName(name, true, loader);
                    Object instance = connector.getConstructor().newInstance();
                    versions.put(name, connector.getMethod("version").invoke(instance));
                }
            }
            assertThat(versions)
                    .containsOnlyKeys(
                            "io.fenceline.connect.sink.s2.S2SinkConnector",
                            "io.fenceline.connect.sink.sqs.SqsSinkConnector",
                            "io.fenceline.connect.source.s2.S2SourceConnector",
                            "io.fenceline.connect.source.sqs.SqsSourceConnector");
            assertThat(versions.values()).containsOnly(HubArchive.VERSION);
        }
    }

    @Test
    void theServicesFilesListExactlyThePluginsWeShip() throws Exception {
        String connect = HubArchive.connectVersions().findFirst().orElseThrow();
        try (URLClassLoader loader = HubArchive.loader(connect)) {
            for (String type : PLUGIN_TYPES) {
                assertThat(listedInServices(type)).as(type).isEqualTo(concreteClasses(loader, type));
            }
        }
    }

    @Test
    void theWorkersOwnClassesAreNotShipped() {
        var forbidden = new TreeSet<String>();
        HubArchive.jars()
                .values()
                .forEach(jar -> forbidden.addAll(HubArchive.classes(jar).stream()
                        .filter(name -> name.startsWith("org.apache.kafka.") || name.startsWith("org.slf4j."))
                        .toList()));
        assertThat(forbidden).isEmpty();
    }

    @Test
    void theShippedJarsAreTheReviewedOnes() throws IOException {
        List<String> reviewed = Files.readAllLines(HubArchive.ROOT.resolve("plugin/runtime-deps.txt")).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
        assertThat(HubArchive.filesIn("lib"))
                .as("lib/ against plugin/runtime-deps.txt: a new one needs a reason and a licence in NOTICE")
                .containsExactlyElementsOf(reviewed);
    }

    /** Every worker of a cluster downloads and keeps it. With S2 alone it had 5.5 MiB; SQS's client may add 7.5 MB. */
    @Test
    void theArchiveIsNoLargerThanItsParts() throws IOException {
        long size = Files.size(HubArchive.ZIP);
        System.out.println("archive: " + size + " bytes");
        assertThat(size).isLessThan(5_800_000L + 7_500_000L);
    }

    @Test
    void everyShippedJarIsReachedFromAConnector() {
        Map<String, Set<String>> uses = jarsUsedByJar();
        var reached = new HashSet<String>();
        var next = new ArrayList<String>(HubArchive.ourJars().keySet().stream()
                .filter(name ->
                        name.startsWith("fenceline-connector-sink-") || name.startsWith("fenceline-connector-source-"))
                .toList());
        while (!next.isEmpty()) {
            String jar = next.remove(next.size() - 1);
            if (reached.add(jar)) {
                next.addAll(uses.getOrDefault(jar, Set.of()));
            }
        }
        assertThat(reached)
                .containsExactlyInAnyOrderElementsOf(HubArchive.jars().keySet());
    }

    @Test
    void licenceNoticeReadmeAndConfigurationsComeAlong() throws IOException {
        for (String name : List.of("LICENSE", "NOTICE")) {
            assertThat(HubArchive.file("doc/" + name)).isEqualTo(Files.readAllBytes(HubArchive.ROOT.resolve(name)));
        }
        assertThat(HubArchive.file("doc/licenses/protobuf-java-LICENSE.txt")).isNotEmpty();
        try (var files = Files.list(HubArchive.ROOT.resolve("config"))) {
            for (Path config : files.filter(Files::isRegularFile).toList()) {
                if (!config.endsWith("README.md")) {
                    assertThat(HubArchive.file("etc/" + config.getFileName())).isEqualTo(Files.readAllBytes(config));
                }
            }
        }
    }

    @Test
    void rulesAlertsAndTheDashboardComeAlong() throws IOException {
        try (var files = Files.list(HubArchive.ROOT.resolve("metrics"))) {
            for (Path file : files.filter(file -> !file.endsWith("README.md")).toList()) {
                assertThat(HubArchive.file("metrics/" + file.getFileName())).isEqualTo(Files.readAllBytes(file));
            }
        }
        assertThat(HubArchive.filesIn("metrics")).hasSize(4);
    }

    @Test
    void everyPageComesAlongAndDiffersFromTheRepositorysInWhereItsLinksLeadAlone() throws IOException {
        var pages = new TreeMap<String, Path>();
        pages.put("doc/README.md", HubArchive.ROOT.resolve("README.md"));
        pages.put("doc/CHANGELOG.md", HubArchive.ROOT.resolve("CHANGELOG.md"));
        pages.put("etc/README.md", HubArchive.ROOT.resolve("config/README.md"));
        pages.put("metrics/README.md", HubArchive.ROOT.resolve("metrics/README.md"));
        try (var files = Files.list(HubArchive.ROOT.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md"))
                    .forEach(file -> pages.put("doc/" + file.getFileName(), file));
        }
        assertThat(pages)
                .containsKeys("doc/operations.md", "doc/configuration.md", "doc/guarantees.md", "doc/verify.md");
        for (var page : pages.entrySet()) {
            assertThat(withoutTargets(new String(HubArchive.file(page.getKey()), StandardCharsets.UTF_8)))
                    .as(page.getKey())
                    .isEqualTo(withoutTargets(Files.readString(page.getValue())));
        }
    }

    private static String withoutTargets(String page) {
        return LINK.matcher(page).replaceAll("]()");
    }

    @Test
    void everyLinkOfEveryPageLeadsToAFileOfTheArchiveOrOfTheRepository() {
        String site = HubArchive.required("hub.site") + "/";
        var names = new HashSet<String>();
        HubArchive.entries().forEach(entry -> names.add(entry.name()));
        var broken = new TreeSet<String>();
        int inside = 0;
        for (HubArchive.Entry page : HubArchive.entries()) {
            if (!page.name().endsWith(".md")) {
                continue;
            }
            for (var link : LINK.matcher(new String(page.bytes(), StandardCharsets.UTF_8))
                    .results()
                    .toList()) {
                String target = link.group(1);
                boolean there;
                if (target.startsWith(site)) {
                    there = Files.exists(HubArchive.ROOT.resolve(target.substring(site.length())));
                } else if (target.contains("://")) {
                    there = true;
                } else {
                    inside++;
                    there = names.contains(Path.of(page.name())
                            .resolveSibling(target)
                            .normalize()
                            .toString());
                }
                if (!there) {
                    broken.add(page.name() + " -> " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
        assertThat(inside).as("links that stay in the archive").isGreaterThan(50);
    }

    @Test
    void theManifestNamesWhereToReadAndAskAndALogoThatIsThere() throws IOException {
        JsonNode manifest = new ObjectMapper().readTree(HubArchive.file("manifest.json"));
        String source = manifest.at("/source_url").asText();
        assertThat(source).startsWith("https://");
        assertThat(Files.readString(HubArchive.ROOT.resolve("pom.xml"))).contains("<url>" + source + "</url>");
        assertThat(HubArchive.required("hub.site")).startsWith(source + "/");
        assertThat(manifest.at("/documentation_url").asText()).startsWith(source + "/");
        assertThat(manifest.at("/support/url").asText()).startsWith(source + "/");
        byte[] logo = HubArchive.file(manifest.at("/logo").asText());
        assertThat(new String(logo, 1, 3, StandardCharsets.US_ASCII)).isEqualTo("PNG");
    }

    @Test
    void everyJarOfOursIsNamedSoSaysItsVersionWithTheCommitAndBringsItsLicence() throws IOException {
        String version = HubArchive.required("build.version");
        assertThat(version).matches(Pattern.quote(HubArchive.VERSION) + "\\+([0-9a-f]{12}(-dirty)?|unknown)");
        assertThat(HubArchive.ourJars()).hasSize(6);
        for (var jar : HubArchive.ourJars().entrySet()) {
            assertThat(jar.getKey()).startsWith("fenceline-");
            try (var file = new JarFile(jar.getValue().toFile())) {
                assertThat(file.getManifest().getMainAttributes().getValue("Implementation-Version"))
                        .as(jar.getKey())
                        .isEqualTo(version);
                try (var licence = file.getInputStream(file.getEntry("META-INF/LICENSE"))) {
                    assertThat(licence.readAllBytes())
                            .isEqualTo(Files.readAllBytes(HubArchive.ROOT.resolve("LICENSE")));
                }
            }
        }
    }

    @Test
    void whatAConnectorLogsAtItsStartIsTheVersionOfTheJars() throws Exception {
        try (URLClassLoader loader =
                HubArchive.loader(HubArchive.connectVersions().findFirst().orElseThrow())) {
            Class<?> version = Class.forName("io.fenceline.connect.Version", true, loader);
            assertThat(version.getMethod("withCommit").invoke(null)).isEqualTo(HubArchive.required("build.version"));
        }
    }

    @Test
    void besideTheArchiveAreItsHashAndTheListOfWhatShips() throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(HubArchive.ZIP));
        assertThat(Files.readString(HubArchive.ZIP.resolveSibling(HubArchive.ID + ".zip.sha512")))
                .as("as sha512sum -c reads it")
                .matches("(?s)" + HexFormat.of().formatHex(hash) + "  " + Pattern.quote(HubArchive.ID + ".zip")
                        + "\\s*");

        JsonNode bom = new ObjectMapper()
                .readTree(HubArchive.ZIP
                        .resolveSibling(HubArchive.ID + "-sbom.json")
                        .toFile());
        assertThat(bom.at("/bomFormat").asText()).isEqualTo("CycloneDX");
        var listed = new TreeMap<String, String>();
        for (JsonNode component : bom.at("/components")) {
            String jar = component.at("/name").asText() + "-"
                    + component.at("/version").asText() + ".jar";
            for (JsonNode each : component.at("/hashes")) {
                if (each.at("/alg").asText().equals("SHA-256")) {
                    listed.put(jar, each.at("/content").asText());
                }
            }
        }
        var shipped = new TreeMap<String, String>();
        for (var jar : HubArchive.jars().entrySet()) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar.getValue()));
            shipped.put(jar.getKey(), HexFormat.of().formatHex(digest));
        }
        assertThat(listed).isEqualTo(shipped);
    }

    @ParameterizedTest
    @ValueSource(strings = {"verify", "position"})
    void theScriptsInTheArchiveStartWithNothingButAKafkaClientBesideThem(String command) throws Exception {
        Path script = HubArchive.ZIP
                .resolveSibling(HubArchive.ID)
                .resolve(HubArchive.ID)
                .resolve("bin")
                .resolve(command);
        Path kafka = HubArchive.connectJars(
                        HubArchive.connectVersions().findFirst().orElseThrow())
                .values()
                .iterator()
                .next()
                .getParent();

        for (String file : List.of(command, "kafka-client.sh")) {
            assertThat(HubArchive.file("bin/" + file)).isEqualTo(Files.readAllBytes(script.resolveSibling(file)));
        }
        assertThat(run(script, kafka, 0)).contains("--bootstrap-servers", "--basin");
        assertThat(run(script, Path.of("/no/kafka/here"), 2))
                .contains(command + ": ", "/no/kafka/here", "set KAFKA_HOME");
    }

    private static String run(Path script, Path kafkaLibs, int code) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("bash", script.toString(), "--help").redirectErrorStream(true);
        builder.environment().put("KAFKA_LIBS", kafkaLibs.toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(code);
        return said;
    }

    @Test
    void entriesAreSortedAndCarryTheTimeOfTheSources() {
        // a zip holds local times without a zone; ours are meant as UTC
        long expected = LocalDateTime.ofInstant(Instant.parse(HubArchive.required("build.timestamp")), ZoneOffset.UTC)
                .atZone(ZoneId.systemDefault())
                .toInstant()
                .toEpochMilli();
        var entries = new ArrayList<>(HubArchive.entries());
        for (String folder : List.of("doc", "etc", "lib")) {
            assertThat(HubArchive.filesIn(folder))
                    .filteredOn(name -> !name.contains("/"))
                    .isSorted();
        }
        HubArchive.ourJars().keySet().forEach(jar -> entries.addAll(HubArchive.entries(HubArchive.file("lib/" + jar))));
        assertThat(entries)
                .allSatisfy(entry -> assertThat(entry.time()).as(entry.name()).isEqualTo(expected));
    }

    private static Set<String> listedInServices(String type) {
        var listed = new TreeSet<String>();
        for (String jar : HubArchive.jars().keySet()) {
            HubArchive.entries(HubArchive.file("lib/" + jar)).stream()
                    .filter(entry -> entry.name().equals("META-INF/services/" + type))
                    .flatMap(entry -> new String(entry.bytes(), StandardCharsets.UTF_8).lines())
                    .map(line -> line.replaceFirst("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .forEach(listed::add);
        }
        return listed;
    }

    private static Set<String> concreteClasses(ClassLoader loader, String type) throws ClassNotFoundException {
        var found = new TreeSet<String>();
        Class<?> plugin;
        try {
            plugin = Class.forName(type, false, loader);
        } catch (ClassNotFoundException e) {
            return found;
        }
        for (Path jar : HubArchive.ourJars().values()) {
            for (String name : HubArchive.classes(jar)) {
                Class<?> candidate = Class.forName(name, false, loader);
                if (plugin.isAssignableFrom(candidate) && !Modifier.isAbstract(candidate.getModifiers())) {
                    found.add(name);
                }
            }
        }
        return found;
    }

    /** By the JDK's own jdeps: lines such as {@code a.jar -> /path/b.jar}, with its name for a jar that is a module. */
    private static Map<String, Set<String>> jarsUsedByJar() {
        var arguments = new ArrayList<String>(List.of("-s", "--multi-release", "17", "--ignore-missing-deps"));
        HubArchive.jars().values().forEach(jar -> arguments.add(jar.toString()));
        var output = new StringWriter();
        var writer = new PrintWriter(output);
        int status =
                ToolProvider.findFirst("jdeps").orElseThrow().run(writer, writer, arguments.toArray(String[]::new));
        assertThat(status).as(output.toString()).isZero();

        var jarOf = new HashMap<String, String>();
        HubArchive.jars().keySet().forEach(jar -> jarOf.put(jar, jar));
        Path[] paths = HubArchive.jars().values().toArray(Path[]::new);
        ModuleFinder.of(paths)
                .findAll()
                .forEach(module -> jarOf.put(
                        module.descriptor().name(),
                        Path.of(module.location().orElseThrow()).getFileName().toString()));

        var uses = new HashMap<String, Set<String>>();
        output.toString().lines().map(line -> line.strip().split(" -> ")).forEach(edge -> {
            String from = jarOf.get(edge[0]);
            String to = jarOf.get(edge[1].substring(edge[1].lastIndexOf('/') + 1));
            if (from != null && to != null) {
                uses.computeIfAbsent(from, jar -> new TreeSet<>()).add(to);
            }
        });
        return uses;
    }
}
