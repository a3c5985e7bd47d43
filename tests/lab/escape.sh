# What the block domain of a running Linux guest sees of its memory when it has been taken over. The lab needs a build
# in which the block domain tries (BlkDomainProbe):
#   java -cp "target/dist/lib/*:tests/target/test-classes" org.skerry.tests.hostile.ProbeDist target/dist DIRECTORY
#   SKERRY_DIST=DIRECTORY bin/skerry lab -- bash -c "$(cat tests/lab/{functions,escape}.sh)"
skerry up
xl create examples/linux.cfg 'cmdline="console=hvc0 quiet ip=10.0.0.2/24"' && answers 10.0.0.2 300
expect create $? 0
talk linux
# One text is in the guest's memory only, another goes through the pages that are granted to the block domain.
on linux 'fill() { yes $1 | tr -d "\n" | head -c $2; }; fill notgrant 8388608 > /tmp/kept'
on linux 'fill granted! 4194304 > /mnt/known; sync; echo 3 > /proc/sys/vm/drop_caches; sha256sum < /mnt/known' |
  tee /tmp/said
known=$(grep -o '^[0-9a-f]\{64\}' /tmp/said)

guest=$(xl domid linux)
blk=$(xl domid driver-blk)
runner=$(pgrep -f '[p]vh.PvhMain' | tail -1)
memory=$(ls -l /proc/[0-9]*/fd/* 2> /dev/null | grep -m 1 "memfd:skerry-domain-$guest (deleted)" | awk '{print $9}')
say "guest $guest, driver-blk $blk, runner $runner, memory $memory"
# The grant table stands in the frames from 1 on: flags, domid, frame of each entry.
grants() {
  dd if="$memory" bs=4096 skip=1 count=32 2> /dev/null | od -An -v -w8 -t u2 |
    awk -v blk="$blk" '($1 % 4) == 1 && $2 == blk { print NR - 1, $3 + 65536 * $4 }'
}
grants > /tmp/grants
say "granted to driver-blk: $(wc -l < /tmp/grants) pages"
expect some-are-granted "$([ -s /tmp/grants ] && echo yes)" yes
kept=$(dd if="$memory" bs=1M 2> /dev/null | tr -c 'a-z' '\n' | fold -w 8192 | grep -c notgrantnotgrant)
expect text-is-in-memory "$([ "$kept" -gt 500 ] && echo yes || echo "$kept")" yes

xenstore-write "/local/domain/$blk/probe" "$guest $runner 16384"
await 400 grep -q '^end ' /run/skerry/log/driver-blk*.log
expect all-was-tried "$(grep -ho '^end .*' /run/skerry/log/driver-blk*.log)" "end reached=1"
grants >> /tmp/grants                      # what was granted before or after
cat /run/skerry/log/driver-blk*.log > /tmp/tried

# beyond STAGE: what was reached in a stage and had not been granted, by reference or by frame.
beyond_refs() {
  awk -v stage="$1" 'FILENAME != "/tmp/tried" { granted[$1]; next }
    $1 == stage { sub(/=.*/, "", $2); if (!($2 in granted)) count++ }
    END { print count + 0 }' /tmp/grants /tmp/tried
}
pages_of_window() {
  grep '^window [0-9]*=' /tmp/tried | tr '=' ' ' | awk '{ for (at = $2; at < $3; at++) print at }'
}
beyond_frames() {
  pages_of_window | awk 'FILENAME == "/tmp/grants" { granted[$2]; next }
    !($1 in granted) { count++ }
    END { print count + 0 }' /tmp/grants -
}
say "mapped $(grep -c '^map ' /tmp/tried), copied $(grep -c '^copy ' /tmp/tried)," \
  "in the window $(pages_of_window | wc -l), tried besides $(grep -c '^attempt ' /tmp/tried)"
expect mapped-beyond "$(beyond_refs map)" 0
expect copied-beyond "$(beyond_refs copy)" 0
expect window-beyond "$(beyond_frames)" 0
expect some-was-mapped "$(grep -q '^map ' /tmp/tried && echo yes)" yes
expect granted-text-seen "$(grep -c '^found what was granted=[1-9]' /tmp/tried)" 1
expect other-text-in-window "$(grep -o '^found what was not granted=.*' /tmp/tried)" "found what was not granted=0"
expect other-text-in-copies "$(grep -c '^copy .*=1' /tmp/tried)" 0
expect attempts-that-worked "$(grep -c '^attempt .*=[0-9]' /tmp/tried)" 0
grep '^attempt .*=[0-9]' /tmp/tried

on linux 'echo 3 > /proc/sys/vm/drop_caches; sha256sum < /mnt/known' | tee /tmp/said
expect disk-goes-on "$(grep -c "$known" /tmp/said)" 1
xl shutdown -w linux
expect shutdown $? 0
skerry down
judged
