# What LabSystemTest has done in the lab, which looks at the verdicts. It ends with 42 when all are as they should be.
expect kvm "$(skerry doctor | sed -n 's/^\([a-z]*\) *kvm .*/\1/p')" ok
skerry up
expect up $? 0

xl create examples/shell.cfg "vif=['bridge=xenbr0,ip=10.0.0.3']" 'extra="ip=10.0.0.3/24"'
expect java-create $? 0
answers 10.0.0.3
expect java-ping $? 0

# The Linux guest, on the same bridge.
xl create examples/linux.cfg 'cmdline="console=hvc0 quiet ip=10.0.0.2/24"'
expect linux-create $? 0
talk linux
up linux || exit 1                       # nothing below can be right
answers 10.0.0.2 || { explain linux; false; }
expect linux-ping $? 0
on linux 'uname -r; cd /mnt; sha256sum -c data.sha256; echo written by the guest > said; sync; ping -c 3 10.0.0.3; cd /' |
  tee /tmp/said
expect linux-reads "$(grep -c '^data: OK' /tmp/said)" 1
expect linux-pings "$(grep -c '^64 bytes from 10.0.0.3' /tmp/said)" 3

truncate -s 8M /tmp/more.img
mkfs.ext4 -q /tmp/more.img
xl block-attach linux file:/tmp/more.img,xvdb,w
expect hotplug $? 0
on linux 'until [ -b /dev/xvdb ]; do usleep 50000; done; mkdir -p /m; mount -t ext4 /dev/xvdb /m && echo plugged > /m/said; umount /m'
expect hotplug-written $? 0
xl block-detach linux xvdb
expect unplug $? 0
on linux '[ ! -e /dev/xvdb ]'
expect unplug-gone $? 0
expect unplug-image "$(debugfs -R 'cat /said' /tmp/more.img 2> /dev/null)" plugged

xl list
shut linux
expect linux-shutdown $? 0
expect linux-wrote "$(debugfs -R 'cat /said' examples/linux/disk.img 2> /dev/null)" 'written by the guest'
e2fsck -f -n examples/linux/disk.img
expect linux-clean $? 0

shut shell
expect java-shutdown $? 0

skerry down
expect down $? 0
judged && exit 42
