package org.skerry.toolstack.xl;

import java.nio.file.Path;

/**
 * Whose words and columns a command uses; the name by which the program was called decides.
 */
enum Dialect
{
    /** xl, as it is today. */
    XL,
    /** xm of Xen 3. */
    XM;

    /**
     * @param program name by which it was called.
     * @return its dialect.
     */
    static Dialect of(final String program)
    {
        final Path name = Path.of(program).getFileName();
        return name != null && "xm".equals(name.toString()) ? XM : XL;
    }

    /** @return the program's name. */
    String program()
    {
        return this == XM ? "xm" : "xl";
    }
}
