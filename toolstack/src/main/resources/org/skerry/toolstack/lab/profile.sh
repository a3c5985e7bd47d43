# A machine in software emulation is ten times as slow: programs wait ten times as long before they give up.
export SKERRY_PATIENCE=10
