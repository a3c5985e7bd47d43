package org.skerry.examples.shell;

/** Where the shell prints. */
interface Terminal
{
    /** @return bytes that can be printed now without losing any. */
    int room();

    /** Print text as it is, as UTF-8; an end of line is {@code "\r\n"}. What there is no room for is lost. */
    void print(String text);

    /** Print a line and its end. */
    default void println(final String line)
    {
        print(line + "\r\n");
    }
}
