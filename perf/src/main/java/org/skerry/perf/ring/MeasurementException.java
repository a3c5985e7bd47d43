package org.skerry.perf.ring;

/**
 * A measurement could not be made, or a contender lost messages. The message is for the user.
 */
public final class MeasurementException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * @param message one line.
     */
    public MeasurementException(final String message)
    {
        super(message);
    }
}
