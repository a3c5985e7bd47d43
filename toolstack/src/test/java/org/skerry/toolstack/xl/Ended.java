package org.skerry.toolstack.xl;

/** What a command left: its exit status and what it wrote. */
record Ended(int code, String out, String err)
{
}
