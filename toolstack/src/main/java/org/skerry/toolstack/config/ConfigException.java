package org.skerry.toolstack.config;

import java.io.Serial;
import org.skerry.toolstack.ToolstackException;

/**
 * A config cannot be used. The message is {@code file:line:column: problem}.
 */
public final class ConfigException extends ToolstackException
{
    @Serial
    private static final long serialVersionUID = 1L;

    private final transient SourcePosition position;

    /**
     * @param position where.
     * @param problem  what is wrong there, without the place.
     */
    public ConfigException(final SourcePosition position, final String problem)
    {
        super(position + ": " + problem);
        this.position = position;
    }

    /** @return where. */
    public SourcePosition position()
    {
        return position;
    }
}
