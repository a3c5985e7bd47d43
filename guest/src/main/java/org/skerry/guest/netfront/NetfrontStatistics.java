package org.skerry.guest.netfront;

/**
 * Counts of a vif since its netfront was made.
 *
 * @param txFrames  frames handed to the backend.
 * @param txBytes   their bytes.
 * @param txDropped frames that found no free buffer, or no backend.
 * @param txErrors  frames that the backend did not take.
 * @param rxFrames  frames that came in.
 * @param rxBytes   their bytes.
 * @param rxErrors  frames that the backend had to give up, or described so that they make no sense.
 */
public record NetfrontStatistics(
    long txFrames, long txBytes, long txDropped, long txErrors, long rxFrames, long rxBytes, long rxErrors)
{
}
