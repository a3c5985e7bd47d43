package org.skerry.toolstack.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.ToolstackException;
import picocli.CommandLine;

class LabCommandTest
{
    @TempDir
    private Path cache;

    @Test
    void shouldTakeNothingForAPackageThatAptWouldTakeForAnOption()
    {
        final LabCommand command = new LabCommand(System.out, cache, Progress.SILENT);
        new CommandLine(command).parseArgs("--packages", "qemu-system-x86,-oDir=x");

        assertEquals("no name of a package: -oDir=x",
            assertThrows(ToolstackException.class, command::call).getMessage());
    }
}
