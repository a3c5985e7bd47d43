# What LabSystemTest has done in the lab. Each line "verdict NAME VALUE" is looked at by the test; the rest is for
# whoever wants to know why.
say() { echo "[$(cut -d' ' -f1 /proc/uptime)] $*"; }
verdict() { say "$*"; echo "verdict $*"; }

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

xl shutdown -w shell
verdict java-shutdown $?

skerry down
verdict down $?
exit 42
