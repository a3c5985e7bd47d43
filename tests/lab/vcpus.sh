# Linux guests with two vCPUs, one after the other: do both come up, take interrupts, and go in order?
#   BOOTS (10); PATIENCE, seconds for each step (300)
boots=${BOOTS:-10}
trap '' PIPE                               # the console of a guest that has gone hears nothing more

# both_work: the row of Xen's interrupts in /proc/interrupts counts on both CPUs.
both_work() { awk '$1 == "HYP:" && $2 > 0 && $3 > 0 { both = 1 } END { exit !both }'; }

# boot NAME: whether it did all that; "why" says what it did not.
boot() {
  xl create examples/linux.cfg name=$1 vcpus=2 'disk=[]' 'vif=[]' 'cmdline="console=hvc0 quiet panic=-1"' || return
  talk $1
  why='not up'
  await $PATIENCE grep -q 'Linux .* is up on 2 CPUs' /tmp/console.$1 || return
  if ! on $1 'cat /proc/interrupts' 60 > /tmp/interrupts; then why='does not answer'; return 1; fi
  if ! both_work < /tmp/interrupts; then why='no interrupts'; cat /tmp/interrupts; return 1; fi
  if ! timeout $PATIENCE xl shutdown -w $1; then why='no poweroff'; return 1; fi
  if grep -q "($1) has shut down, reason code [^0]" /run/skerry/domain0.log; then why='crash'; return 1; fi
}

skerry up
right=0
for number in $(seq $boots); do
  name=guest$number
  why='not created'
  if boot $name; then
    right=$((right + 1))
    say "$name is right"
  else
    say "$name: $why"
    tr -d '\r' < /tmp/console.$name | tail -5
    grep -h 'reason=' /run/skerry/*.log | tail -1
    xl destroy $name > /dev/null 2>&1
  fi
  hang_up $name 2> /dev/null
done
expect vcpus-right $right $boots
skerry down
judged
