package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Maven Central refuses a pom without these, after everything else of a release is done. */
class CentralMetadataTest {

    private static final List<String> OF_THE_PARENT =
            List.of("name", "description", "url", "organization", "licenses", "developers", "scm", "inceptionYear");

    @Test
    void theParentSaysWhoseItIsUnderWhichLicenceAndWhereItsSourcesAre() throws Exception {
        Element parent = pom(SourceTree.ROOT.resolve("pom.xml"));
        assertThat(OF_THE_PARENT)
                .allSatisfy(name -> assertThat(text(parent, name)).as(name).isNotBlank());
        assertThat(text(parent, "scm")).contains("scm:git:", text(parent, "url").strip());
        assertThat(Files.readString(SourceTree.ROOT.resolve("LICENSE"))).contains("Apache License");
        assertThat(text(parent, "licenses")).contains("Apache-2.0");
    }

    @Test
    void everyModuleSaysWhatItIsOrThatItIsNotPublished() throws Exception {
        var silent = new TreeSet<String>();
        var published = new TreeSet<String>();
        for (Path file : poms()) {
            Element pom = pom(file);
            if (Files.readString(file).contains("<maven.deploy.skip>true<")) {
                continue;
            }
            published.add(file.getParent().getFileName().toString());
            if (text(pom, "name").isBlank() || text(pom, "description").isBlank()) {
                silent.add(SourceTree.name(file));
            }
        }
        assertThat(silent).isEmpty();
        assertThat(published)
                .containsExactly(
                        "append-session",
                        "connector-common",
                        "connector-sink",
                        "connector-source",
                        "queue-wire",
                        "stream-wire");
    }

    private static List<Path> poms() throws IOException {
        try (Stream<Path> modules = Files.list(SourceTree.ROOT)) {
            return modules.map(module -> module.resolve("pom.xml"))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }

    private static Element pom(Path file) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(file.toFile())
                .getDocumentElement();
    }

    /** What stands in the project's own element of that name; empty if there is none. */
    private static String text(Element project, String name) {
        for (Node child = project.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child.getNodeName().equals(name)) {
                return child.getTextContent();
            }
        }
        return "";
    }
}
