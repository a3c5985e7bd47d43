# From the command to userspace: "xl create" beside stock QEMU's microvm, same kernel and initial ram disk, in turns.
# The lab needs --packages qemu-system-x86. The initial ram disk has no driver for virtio: all that stock QEMU has to
# do for its devices is to have them. "devices" is ours with a disk that is mounted and a network that is up.
#   RUNS (5)
runs=${RUNS:-5}
mkfifo /tmp/typed /tmp/said
exec {typed}<> /tmp/typed

# until_up COMMAND...: milliseconds until the guest says that it is up.
until_up() {
  local start=${EPOCHREALTIME/./} line last=
  "$@" <&$typed > /tmp/said 2>&1 &
  child=$!
  took=failed
  exec {said}< /tmp/said
  while [ $took = failed ] && IFS= read -r -t 120 -u $said line; do
    [[ $line == *'is up on'* ]] && took=$(((${EPOCHREALTIME/./} - start) / 1000))
    last=$line
  done
  [ $took = failed ] && say "not up: $last"
}

hang_up() {
  kill $child
  wait $child
  exec {said}<&-
} 2> /dev/null

ours() {
  until_up xl create -c examples/linux.cfg name=ours "$@" 'cmdline="console=hvc0 quiet"'
  xl destroy ours > /dev/null
  hang_up
}

stock() {
  until_up qemu-system-x86_64 -M microvm -accel kvm -cpu host -m 256 -nodefaults -no-user-config -nographic \
    -serial stdio -no-reboot -kernel examples/linux/vmlinuz -initrd examples/linux/initrd \
    -append 'console=ttyS0 quiet' -drive id=disk,file=/tmp/disk.img,format=raw,if=none \
    -device virtio-blk-device,drive=disk -netdev user,id=net -device virtio-net-device,netdev=net
  hang_up
}

# The emulator lets guests of both kinds die now and then: such a one took for ever.
median() { tr ' ' '\n' <<< "$*" | sed 's/failed/999999/' | grep . | sort -n | sed -n "$(((runs + 1) / 2))p"; }
failed() { grep -o failed <<< "$*" | wc -l; }

cp examples/linux/disk.img /tmp/disk.img
skerry up
ours 'disk=[]' 'vif=[]'                    # the first of each reads its files from the disk
stock
for run in $(seq $runs); do
  ours 'disk=[]' 'vif=[]'
  bare+=" $took"
  stock
  theirs+=" $took"
  ours
  devices+=" $took"
done
say "ours:$bare ms; stock:$theirs ms; ours with devices:$devices ms"
verdict microvm-ours-ms "$(median $bare)"
verdict microvm-stock-ms "$(median $theirs)"
verdict microvm-devices-ms "$(median $devices)"
verdict microvm-failed "ours $(failed $bare), stock $(failed $theirs), ours with devices $(failed $devices)"
verdict microvm-percent $(($(median $bare) * 100 / $(median $theirs)))
expect microvm-within-150 "$([ $(($(median $bare) * 100)) -le $(($(median $theirs) * 150)) ] && echo yes || echo no)" yes
skerry down
judged
