package org.skerry.toolstack.device;

import java.io.Serial;

/**
 * A specification of a device cannot be understood. Whoever has the string knows the file, line and column.
 */
public final class SpecException extends RuntimeException
{
    @Serial
    private static final long serialVersionUID = 1L;

    private final int offset;

    /**
     * @param offset  of the offending character in the specification, from 0.
     * @param message what is wrong there.
     */
    public SpecException(final int offset, final String message)
    {
        super(message);
        this.offset = offset;
    }

    /** @return offset of the offending character in the specification, from 0. */
    public int offset()
    {
        return offset;
    }
}
