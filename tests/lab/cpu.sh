# What weight and cap give to guests that compute without end, on the one processor of a lab with cgroup v2:
#   bin/skerry lab --cpus 1 -- bash -c "$(cat tests/lab/{functions,cpu}.sh)"
#   SECONDS_EACH (20)
length=${SECONDS_EACH:-20}
mount | grep -q cgroup2 || mount -t cgroup2 cgroup2 /sys/fs/cgroup
lib=/skerry/target/run/current/lib
mkdir /tmp/burn
cat > /tmp/burn/Burn.java <<'J'
public final class Burn
{
    public static void boot(final org.skerry.guest.Domain domain)
    {
        while (true)
        {
            Thread.onSpinWait();
        }
    }
}
J
jdk=$(dirname "$(readlink -f "$(ls /usr/lib/jvm/*/bin/javac | head -1)")")
"$jdk/javac" -proc:none -cp "$lib/*" -d /tmp/burn /tmp/burn/Burn.java
"$jdk/jar" cfe /tmp/burn.jar Burn -C /tmp/burn Burn.class
expect guest-made $? 0

usec_of() { awk '$1 == "usage_usec" { print $2 }' /sys/fs/cgroup/skerry-*/dom${domid[$1]}/cpu.stat; }
# measure GUEST...: what the first had of the time of all, and of the processor, in per cent.
measure() {
  local before after began ended
  before=$(for each; do usec_of "$each"; done)
  began=${EPOCHREALTIME/./}
  sleep "$length"
  after=$(for each; do usec_of "$each"; done)
  ended=${EPOCHREALTIME/./}
  printf '%s\n' $before $after | awk -v count=$# -v wall=$((ended - began)) \
    '{ used[NR] = $1 } END { for (i = 1; i <= count; i++) sum += used[i + count] - used[i]
      own = used[1 + count] - used[1]; printf "%.0f %.0f\n", 100 * own / sum, 100 * own / wall }'
}
share() { measure "$@" | cut -d' ' -f1; }
used() { measure "$@" | cut -d' ' -f2; }
# within NAME VALUE LEAST MOST
within() {
  verdict "$1-per-cent" "$2"
  expect "$1" "$([ "$2" -ge "$3" ] && [ "$2" -le "$4" ] && echo yes || echo no)" yes
}

skerry up
declare -A domid
for guest in light heavy; do
  weight=256
  [ $guest = light ] && weight=128
  printf '%s\n' "name = \"$guest\"" 'kernel = "/tmp/burn.jar"' 'memory = 32' "cpu_weight = $weight" > /tmp/$guest.cfg
  xl create /tmp/$guest.cfg
  expect $guest-up $? 0
  domid[$guest]=$(xl domid $guest)
done
sleep 5
expect weights "$(cat /sys/fs/cgroup/skerry-*/dom{${domid[light]},${domid[heavy]}}/cpu.weight | xargs)" "50 100"
within weight-128-256 "$(share light heavy)" 29 38
xl sched-credit -d light -w 256
within weight-equal "$(share light heavy)" 45 55
xl sched-credit -d heavy -c 50
xl pause light
within cap-50 "$(used heavy)" 44 55
xl sched-credit -d heavy -c 0
within work-conserving "$(used heavy)" 80 101
xl sched-credit
skerry down
judged
