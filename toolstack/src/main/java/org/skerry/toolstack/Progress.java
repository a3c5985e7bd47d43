package org.skerry.toolstack;

/**
 * Where long work says what it is doing. One short line at a time; on a terminal a step overwrites the one before.
 */
@FunctionalInterface
public interface Progress
{
    /** For callers who do not wish to know. */
    Progress SILENT = step ->
    {
    };

    /**
     * @param step what begins now, such as {@code starting driver-domain-blk}.
     */
    void onStep(String step);
}
