# What weight and cap give to Linux guests that compute without end, on one processor of the lab, which has cgroup v2.
seconds_of() { xl list "$1" | tail -1 | awk '{print $NF}'; }
# share SECONDS GUEST...: what the first had of the processor time of all meanwhile, in per cent.
# used SECONDS GUEST: what it had of one processor.
measure() {
  local length=$1 before after
  shift
  before=$(for each; do seconds_of "$each"; done)
  local began=$(cut -d' ' -f1 /proc/uptime)
  sleep "$length"
  after=$(for each; do seconds_of "$each"; done)
  local ended=$(cut -d' ' -f1 /proc/uptime)
  paste <(echo "$before") <(echo "$after") | awk -v wall="$(awk "BEGIN { print $ended - $began }")" \
    '{ used[NR] = $2 - $1; sum += used[NR] } END { printf "%.0f %.0f\n", 100 * used[1] / sum, 100 * used[1] / wall }'
}
share() { measure "$@" | cut -d' ' -f1; }
used() { measure "$@" | cut -d' ' -f2; }
# within NAME VALUE LEAST MOST
within() { expect "$1" "$2" "$([ "$2" -ge "$3" ] && [ "$2" -le "$4" ] && echo "$2" || echo "$3..$4")"; }

skerry doctor | grep -i cgroup
skerry up
for guest in heavy light; do
  weight=256
  [ $guest = light ] && weight=128
  xl create examples/linux.cfg name=$guest 'vif=[]' 'disk=[]' 'cpus="0"' cpu_weight=$weight \
    'cmdline="console=hvc0 quiet"'
  talk $guest
  await 120 grep -q 'is up on' /tmp/console.$guest
  expect $guest-up $? 0
done
tell heavy 'while :; do :; done'
tell light 'while :; do :; done'
sleep 5
within weight-256-128 "$(share 20 heavy light)" 62 71
xl sched-credit -d light -w 256
within weight-equal "$(share 20 heavy light)" 45 55
xl sched-credit -d heavy -c 30
within cap-30 "$(used 20 heavy)" 26 34
xl pause light
within cap-30-alone "$(used 20 heavy)" 26 34
xl sched-credit -d heavy -c 0
within work-conserving "$(used 15 heavy)" 85 101
xl sched-credit
skerry down
judged
