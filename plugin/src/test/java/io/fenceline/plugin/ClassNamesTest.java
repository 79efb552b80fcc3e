package io.fenceline.plugin;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** One class has one name, so that a name in a stack trace, a document or a conversation means one class. */
class ClassNamesTest {

    @Test
    void everyClassOfTheTreeHasANameOfItsOwn() {
        Map<Path, List<String>> homes = SourceTree.classes().stream()
                .collect(groupingBy(Path::getFileName, TreeMap::new, mapping(SourceTree::name, toList())));
        homes.values().removeIf(files -> files.size() == 1);
        assertThat(homes.values())
                .as("classes with one name, in code or tests of any module: let each name say its role")
                .isEmpty();
    }

    @Test
    void noNestedClassHasTheNameOfAShippedOne() {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.fenceline");
        Set<String> shipped = classes.stream()
                .filter(type -> type.getEnclosingClass().isEmpty()
                        && !type.getPackageName().startsWith("io.fenceline.testkit"))
                .map(JavaClass::getSimpleName)
                .collect(toSet());
        assertThat(classes.stream()
                        .filter(type -> type.isMemberClass() && shipped.contains(type.getSimpleName()))
                        .map(JavaClass::getName))
                .as("nested classes that hide another class by their names: let each name say its role")
                .isEmpty();
    }
}
