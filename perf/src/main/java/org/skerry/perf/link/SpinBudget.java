package org.skerry.perf.link;

/**
 * How long a half that has nothing to do looks again and again. One thread.
 */
final class SpinBudget
{
    private static final int SPINS_PER_LOOK = 16;

    private long budgetNs;
    private int spinCount;
    private long startNs;

    void begin(final long spinNs)
    {
        budgetNs = spinNs;
        spinCount = 0;
    }

    void reset()
    {
        spinCount = 0;
    }

    /**
     * Spin once. The clock costs more than a spin, so it is looked at every {@value #SPINS_PER_LOOK} spins only.
     *
     * @return false when the budget is spent.
     */
    boolean spin()
    {
        if (budgetNs == 0)
        {
            return false;
        }

        Thread.onSpinWait();
        if (++spinCount % SPINS_PER_LOOK == 0)
        {
            final long nowNs = System.nanoTime();
            if (spinCount == SPINS_PER_LOOK)
            {
                startNs = nowNs;
            }
            return nowNs - startNs < budgetNs;
        }

        return true;
    }

    /** For links without bells: spin, and when the budget is spent let others run between two looks. */
    void spinOrYield()
    {
        if (!spin())
        {
            Thread.yield();
        }
    }
}
