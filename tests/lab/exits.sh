# What a quiet guest's vCPU comes out for, from its first instruction to poweroff: no disk, no network, one vCPU.
#   BOOTS (3); MOST, exits that are right (1500)
trap '' PIPE                               # the console of a guest that has gone hears nothing more
skerry up
for number in $(seq ${BOOTS:-3}); do
  name=guest$number
  xl create examples/linux.cfg name=$name 'disk=[]' 'vif=[]' 'cmdline="console=hvc0 quiet"'
  id=$(xl domid $name)
  talk $name
  await 120 grep -q 'is up on' /tmp/console.$name || explain $name
  shut $name
  expect exits-shutdown $? 0
  await 10 grep -rqa "domain $id ended: " /run/skerry
  said=$(grep -rhao "domain $id ended: .*" /run/skerry | tail -1)
  say "$said"
  exits=$(sed -n 's/.*exits=\([0-9]*\).*/\1/p' <<< "$said")
  verdict exits "$exits"
  expect exits-few "$([ "${exits:-999999}" -le "${MOST:-1500}" ] && echo yes || echo no)" yes
  hang_up $name 2> /dev/null
done
skerry down
judged
