package org.skerry.toolstack.xl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorTest
{
    @Test
    void shouldSayOneLineAboutEachThingAndAgreeWithItsExitStatus()
    {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final int code = new Doctor(new PrintStream(out, true, StandardCharsets.UTF_8)).examine();
        final List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();

        assertEquals(List.of("machine", "jdk", "user", "ram", "memfd", "landlock", "seccomp", "bubblewrap",
            "confinement", "tap", "bridge", "kvm", "cpu", "memory", "tasks", "nice"),
            lines.subList(0, lines.size() - 1).stream().map(line -> line.split(" +")[1]).toList());
        assertTrue(lines.stream().limit(lines.size() - 1L)
            .allMatch(line -> line.matches("(ok|no|missing) +[a-z]+ +\\S.*")), lines.toString());
        assertEquals(code == 0 ? "domains can run here" : "domains cannot run here", lines.getLast());
        assertEquals(code != 0, lines.stream().anyMatch(line -> line.startsWith("missing")));
    }
}
