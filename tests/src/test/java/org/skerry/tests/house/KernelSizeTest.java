package org.skerry.tests.house;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The trusted computing base stays small enough to be read; how small is printed by every build. */
class KernelSizeTest
{
    private static final int MAX_CODE_LINES = 4000;

    @Test
    void shouldStaySmallEnoughToBeRead() throws IOException
    {
        int codeLines = 0;
        int allLines = 0;
        try (Stream<Path> files = Files.walk(Path.of("../hv-kernel/src/main/java")))
        {
            for (final Path file : files.filter(path -> path.toString().endsWith(".java")).toList())
            {
                final List<String> lines = Files.readAllLines(file);
                allLines += lines.size();
                codeLines += (int)lines.stream().map(String::strip).filter(KernelSizeTest::isCode).count();
            }
        }

        System.out.println(
            "hv-kernel: " + codeLines + " lines of code, " + allLines + " with comments and blank lines");
        assertTrue(codeLines > 1000, "the kernel was not found");
        assertTrue(codeLines <= MAX_CODE_LINES, "hv-kernel has grown: lines=" + codeLines);
    }

    /** Imports and braces count. */
    private static boolean isCode(final String line)
    {
        return !line.isEmpty() && !line.startsWith("//") && !line.startsWith("/*") && !line.startsWith("*");
    }
}
