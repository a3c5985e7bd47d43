# What LabSystemTest has done in the lab. Each line "verdict NAME VALUE" is looked at by the test; the rest is for
# whoever wants to know why.
say() { echo "[$(cut -d' ' -f1 /proc/uptime)] $*"; }
verdict() { say "$*"; echo "verdict $*"; }

# Types each line at a guest's console when the prompt is seen, and shows all that came.
drive() {
  local name=$1 prompt=$2 line
  shift 2
  coproc console { timeout 300 xl console "$name" 2>&1; }
  local from=${console[0]} to=${console[1]} seen= char
  while IFS= read -r -N 1 -t 200 char <&"$from"; do
    printf %s "$char"
    seen+=$char
    if [[ $seen == *"$prompt" ]]; then
      seen=
      [ $# -gt 0 ] || break
      line=$1
      shift
      printf '%s\r' "$line" >&"$to"
    fi
  done
  printf '\035' >&"$to"
  wait "$console_PID" 2> /dev/null
}

verdict kvm "$(skerry doctor | grep ' kvm ')"
skerry up
verdict up $?

xl create examples/shell.cfg "vif=['bridge=xenbr0,ip=10.0.0.3']" 'extra="ip=10.0.0.3/24"'
verdict java-create $?
answer=no
for try in 1 2 3 4 5 6 7 8 9 10; do
  ping -c 1 -W 5 10.0.0.3 && answer=yes && break
done
verdict java-ping $answer

# The Linux guest, on the same bridge.
xl create examples/linux.cfg 'cmdline="console=hvc0 quiet ip=10.0.0.2/24"'
verdict linux-create $?
answer=no
for try in $(seq 60); do
  ping -c 1 -W 5 10.0.0.2 > /dev/null && answer=yes && break
done
verdict linux-ping $answer
drive linux '# ' 'uname -r' 'cd /mnt' 'sha256sum -c data.sha256' 'echo written by the guest > said; sync' \
  'ping -c 3 10.0.0.3' 'cd /' 2>&1 | tee console
verdict linux-reads "$(grep -c '^data: OK' console)"
verdict linux-pings "$(grep -c '^64 bytes from 10.0.0.3' console)"
xl list
xl shutdown -w linux
verdict linux-shutdown $?
verdict linux-wrote "$(debugfs -R 'cat /said' examples/linux/disk.img 2> /dev/null)"
e2fsck -f -n examples/linux/disk.img
verdict linux-clean $?

xl shutdown -w shell
verdict java-shutdown $?

skerry down
verdict down $?
exit 42
