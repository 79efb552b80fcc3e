package io.fenceline.plugin;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of faults explains every number that code and documents name, and claims no test that is not there. */
class FaultsPageTest {

    private static final Path PAGE = SourceTree.ROOT.resolve("docs/faults.md");

    private static final Pattern ROW = Pattern.compile("(?m)^\\| ((?:F|INV)-\\d+) \\| (.*) \\|$");
    private static final Pattern NUMBER = Pattern.compile("\\b(?:F|INV)-\\d+\\b");
    /** A test method's name, {@code f1_f2_something}. */
    private static final Pattern IN_A_METHOD = Pattern.compile("(?<![A-Za-z0-9])f(\\d+)_");
    /** A nested class of tests, {@code class F3OneOfFourRefused}. */
    private static final Pattern IN_A_CLASS = Pattern.compile("\\bclass F(\\d+)[A-Z]");
    /** A class of tests; or a method or nested class of it; or all methods of it whose names begin so. */
    private static final Pattern CLAIM = Pattern.compile("`([A-Z]\\w*(?:Test|IT))(?:\\.(\\w+)(\\*?))?`");

    @Test
    void everyNumberThatCodeAndDocumentsNameIsExplained() {
        List<String> explained = rows().map(row -> row.group(1)).toList();
        var unexplained = new TreeSet<String>();
        for (Path file : SourceTree.files()) {
            if (!file.equals(PAGE)) {
                numbers(SourceTree.text(file))
                        .filter(number -> !explained.contains(number))
                        .forEach(number -> unexplained.add(number + " in " + SourceTree.name(file)));
            }
        }
        assertThat(unexplained)
                .as("numbers without a row in docs/faults.md: add the row, or say the thing in words")
                .isEmpty();
    }

    @Test
    void noNumberIsExplainedTwice() {
        assertThat(rows().map(row -> row.group(1))).isNotEmpty().doesNotHaveDuplicates();
    }

    @Test
    void everyFaultIsShownByTests() {
        assertThat(rows().filter(row -> row.group(1).startsWith("F-")))
                .isNotEmpty()
                .allSatisfy(row -> {
                    String[] cells = row.group(2).split(" \\| ");
                    assertThat(cells).as("cells of %s", row.group(1)).hasSize(3);
                    assertThat(CLAIM.matcher(cells[2]).replaceAll("test"))
                            .as("tests of %s", row.group(1))
                            .matches("test(, test)*");
                });
    }

    @Test
    void everyTestThatThePageNamesExists() {
        Map<String, String> tests = SourceTree.classes().stream()
                .filter(file -> file.toString().contains("/src/test/"))
                .collect(toMap(FaultsPageTest::className, SourceTree::text, String::concat));
        assertThat(CLAIM.matcher(SourceTree.text(PAGE)).results()).isNotEmpty().allSatisfy(claim -> assertThat(
                        shows(tests.getOrDefault(claim.group(1), ""), claim))
                .as("%s is a test", claim.group())
                .isTrue());
    }

    private static boolean shows(String code, MatchResult claim) {
        String member = claim.group(2);
        if (member == null) {
            return Pattern.compile("@\\w*Test\\b").matcher(code).find();
        }
        String rest = claim.group(3).isEmpty() ? "" : "\\w*";
        return Pattern.compile("\\bvoid " + member + rest + "\\(|\\bclass " + member + "\\b")
                .matcher(code)
                .find();
    }

    private static Stream<MatchResult> rows() {
        return ROW.matcher(SourceTree.text(PAGE)).results();
    }

    private static Stream<String> numbers(String text) {
        return Stream.of(
                        NUMBER.matcher(text).results().map(MatchResult::group),
                        IN_A_METHOD.matcher(text).results().map(name -> "F-" + name.group(1)),
                        IN_A_CLASS.matcher(text).results().map(name -> "F-" + name.group(1)))
                .flatMap(found -> found);
    }

    private static String className(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - ".java".length());
    }
}
