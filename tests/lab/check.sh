# What LabSystemTest has done in the lab, which looks at the verdicts.
verdict kvm "$(skerry doctor | grep ' kvm ')"
skerry up
verdict up $?

xl create examples/shell.cfg "vif=['bridge=xenbr0,ip=10.0.0.3']" 'extra="ip=10.0.0.3/24"'
verdict java-create $?
answers 10.0.0.3 60
verdict java-ping $?

# The Linux guest, on the same bridge.
xl create examples/linux.cfg 'cmdline="console=hvc0 quiet ip=10.0.0.2/24"'
verdict linux-create $?
answers 10.0.0.2
verdict linux-ping $?
talk linux
on linux 'uname -r; cd /mnt; sha256sum -c data.sha256; echo written by the guest > said; sync; ping -c 3 10.0.0.3; cd /' |
  tee /tmp/said
verdict linux-reads "$(grep -c '^data: OK' /tmp/said)"
verdict linux-pings "$(grep -c '^64 bytes from 10.0.0.3' /tmp/said)"

truncate -s 8M /tmp/more.img
mkfs.ext4 -q /tmp/more.img
xl block-attach linux file:/tmp/more.img,xvdb,w
verdict hotplug $?
on linux 'until [ -b /dev/xvdb ]; do usleep 50000; done; mkdir -p /m; mount -t ext4 /dev/xvdb /m && echo plugged > /m/said; umount /m'
verdict hotplug-written $?
xl block-detach linux xvdb
verdict unplug $?
on linux '[ ! -e /dev/xvdb ]'
verdict unplug-gone $?
verdict unplug-image "$(debugfs -R 'cat /said' /tmp/more.img 2> /dev/null)"

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
