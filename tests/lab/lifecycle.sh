# How Linux guests come to their ends, and what kill -9 of the blk domain does to one that writes.
pings() { ping -c 1 -W 2 10.0.0.2; }
linux() {
  xl create examples/linux.cfg 'cmdline="console=hvc0 quiet ip=10.0.0.2/24"' "$@" || return
  talk linux
  up linux && await $PATIENCE pings || { explain linux; return 1; }
}
runners() { pgrep -f '[p]vh.PvhMain' | wc -l; }
skerry up

say "== kill -9 of the blk domain"
linux
expect linux-create $? 0
tell linux 'cd /mnt; cat data data > /tmp/ref; i=0; while [ $i -lt 30 ]; do i=$((i+1)); { echo $i; cat /tmp/ref; } > /tmp/now; dd if=/tmp/now of=f bs=64k conv=fsync 2> /dev/null || echo IO"ERROR"; echo 3 > /proc/sys/vm/drop_caches; cmp /tmp/now f && echo "same"-$i || echo "differs"-$i; done; echo "all"-done'
for round in 3 9 15 21; do
  await 200 grep -q "^same-$round" /tmp/console.linux
  pkill -9 -f '[b]lkback.BlkDriverDomain'
  say "killed after round $round"
done
await 300 grep -q ^all-done /tmp/console.linux
expect kill-rounds "$(grep -c ^same- /tmp/console.linux)" 30
expect kill-errors "$(grep -c '^IOERROR\|^differs' /tmp/console.linux)" 0
on linux 'cd /; dmesg | grep -i "i/o error\|xvda" | tail -5; sha256sum < /mnt/f' | tee /tmp/said
expect kill-dmesg "$(grep -ci 'i/o error' /tmp/said)" 0
guest=$(grep -o '^[0-9a-f]\{64\}' /tmp/said)

say "== reboot"
xl reboot linux
expect reboot $? 0
hang_up linux
await 60 bash -c '! ping -c 1 -W 1 10.0.0.2'
await $PATIENCE pings
expect reboot-pings $? 0
talk linux
on linux 'cut -d. -f1 /proc/uptime; mount | grep -c xvda' | tee /tmp/said
expect reboot-mounts "$(tail -1 /tmp/said)" 1

say "== shutdown"
shut linux
expect shutdown $? 0
e2fsck -f -n examples/linux/disk.img
expect shutdown-clean $? 0
expect shutdown-data "$(debugfs -R 'cat /f' examples/linux/disk.img 2> /dev/null | sha256sum | cut -d' ' -f1)" "$guest"

say "== crash"
linux on_crash=\"preserve\"
expect crash-create $? 0
tell linux 'echo c > /proc/sysrq-trigger'
await 60 bash -c 'xl list linux | tail -1 | grep -q -- "c-"'
expect crash-state "$(xl list linux | tail -1 | awk '{print $5}')" ---sc-
grep -h 'reason=' /run/skerry/*.log | tail -2
xl destroy linux
expect crash-destroy $? 0

say "== destroy"
linux
expect destroy-create $? 0
id=$(xl domid linux)
xl destroy linux
expect destroy $? 0
await 20 bash -c '[ "$(pgrep -f "[p]vh.PvhMain" | wc -l)" = 0 ]'
expect destroy-runners "$(runners)" 0
expect destroy-store "$(xenstore-ls / | grep -c "domain/$id/\|vbd/$id\|vif/$id")" 0
expect destroy-home "$(xenstore-list /local/domain | grep -cx "$id")" 0
expect destroy-links "$(ls /sys/class/net | grep -c "vif$id\.")" 0
xl list
skerry down
expect down $? 0
judged
