# What a quiet guest's vCPU comes out for, from its first instruction to poweroff: no disk, no network, one vCPU. A guest
# that does not come up is not counted, but told.
#   BOOTS (3); MOST, exits that are right (1500)
trap '' PIPE                               # the console of a guest that has gone hears nothing more

# boot NAME: sets "exits", of a guest that came up and went in order. Its log goes with it: it is preserved until then.
boot() {
  xl create examples/linux.cfg name=$1 'disk=[]' 'vif=[]' 'on_poweroff="preserve"' 'cmdline="console=hvc0 quiet"' || return
  local id=$(xl domid $1)
  talk $1
  up $1 && xl shutdown $1 && await $PATIENCE grep -rqa "domain $id ended: reason=POWEROFF" /run/skerry || return
  local ended=$(grep -rhao "domain $id ended: .*" /run/skerry | tail -1)
  say "$ended"
  exits=$(sed -n 's/.*exits=\([0-9]*\).*/\1/p' <<< "$ended")
  xl destroy $1
}

skerry up
boots=${BOOTS:-3}
right=0
number=0
until [ $right = $boots ] || [ $number = $((2 * boots)) ]; do
  number=$((number + 1))
  if boot guest$number; then
    right=$((right + 1))
    verdict exits $exits
    expect exits-few "$([ $exits -le ${MOST:-1500} ] && echo yes || echo no)" yes
  fi
  hang_up guest$number 2> /dev/null
done
expect exits-boots $right $boots
skerry down
judged
