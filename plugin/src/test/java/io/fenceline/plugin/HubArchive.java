package io.fenceline.plugin;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The archive this module built, and the folder it was zipped from. */
final class HubArchive {

    static final String ID = required("hub.id");
    static final String VERSION = required("project.version");
    static final Path ROOT = Path.of(required("repository.root")).normalize();
    static final Path ZIP = Path.of(required("hub.archive"));

    private static final Path CONNECT = Path.of(required("connect.apis"));
    private static final Path LIB = ZIP.resolveSibling(ID).resolve(ID).resolve("lib");

    /** Read once: it is asked for a file at a time. */
    private static final List<Entry> ENTRIES = read();

    private HubArchive() {}

    /** Entries in the order of the zip, with their bytes; folders end in a slash. */
    record Entry(String name, long time, byte[] bytes) {}

    static List<Entry> entries() {
        return ENTRIES;
    }

    private static List<Entry> read() {
        try (InputStream file = Files.newInputStream(ZIP)) {
            return List.copyOf(entries(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Entry> entries(byte[] jar) {
        try {
            return entries(new ByteArrayInputStream(jar));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Entry> entries(InputStream in) throws IOException {
        var entries = new ArrayList<Entry>();
        var zip = new ZipInputStream(in);
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
            entries.add(new Entry(entry.getName(), entry.getTime(), zip.readAllBytes()));
        }
        return entries;
    }

    static byte[] file(String pathBelowRoot) {
        return entries().stream()
                .filter(entry -> entry.name().equals(ID + "/" + pathBelowRoot))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + pathBelowRoot + " in " + ZIP))
                .bytes();
    }

    /** Names of the files directly in a folder below the root, in the order of the zip. */
    static List<String> filesIn(String folder) {
        String prefix = ID + "/" + folder + "/";
        return entries().stream()
                .map(Entry::name)
                .filter(name -> name.startsWith(prefix) && !name.endsWith("/"))
                .map(name -> name.substring(prefix.length()))
                .toList();
    }

    /** Jar name to path, everything in lib/. */
    static Map<String, Path> jars() {
        return jarsIn(LIB);
    }

    /** The jars built from this repository. */
    static Map<String, Path> ourJars() {
        Map<String, Path> ours = jars();
        ours.keySet().removeIf(name -> !name.endsWith("-" + VERSION + ".jar") || !holdsOurClasses(ours.get(name)));
        return ours;
    }

    /** The Connect releases to link against, oldest first. */
    static Stream<String> connectVersions() {
        return jarsIn(CONNECT).keySet().stream()
                .filter(name -> name.startsWith("connect-api-"))
                .map(name -> name.substring("connect-api-".length(), name.length() - ".jar".length()))
                .toList()
                .stream();
    }

    /** What a worker of that release gives us. */
    static Map<String, Path> connectJars(String version) {
        Map<String, Path> jars = jarsIn(CONNECT);
        jars.keySet().removeIf(name -> !name.endsWith("-" + version + ".jar") && !name.startsWith("slf4j-api-"));
        return jars;
    }

    /** As a worker would load us: our lib folder over that release of Connect, and nothing of the tests. */
    static URLClassLoader loader(String connectVersion) {
        List<Path> jars = new ArrayList<>(jars().values());
        jars.addAll(connectJars(connectVersion).values());
        URL[] urls = jars.stream().map(HubArchive::url).toArray(URL[]::new);
        return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
    }

    /** Names of the classes in a jar, as Class.forName takes them. */
    static List<String> classes(Path jar) {
        try {
            return entries(Files.readAllBytes(jar)).stream()
                    .map(Entry::name)
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .map(name ->
                            name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean holdsOurClasses(Path jar) {
        return classes(jar).stream().anyMatch(name -> name.startsWith("io.fenceline."));
    }

    private static Map<String, Path> jarsIn(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            var jars = new TreeMap<String, Path>(Comparator.naturalOrder());
            files.filter(file -> file.toString().endsWith(".jar"))
                    .forEach(file -> jars.put(file.getFileName().toString(), file));
            return jars;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static URL url(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String required(String property) {
        String value = System.getProperty(property);
        if (value == null) {
            throw new IllegalStateException(
                    "system property " + property + " is not set; run mvn verify -pl plugin -am");
        }
        return value;
    }
}
