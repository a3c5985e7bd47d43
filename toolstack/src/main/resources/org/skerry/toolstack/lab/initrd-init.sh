#!/bin/sh
# The first process of the lab: it finds the two disks and goes on in the first of them, with /lab/init.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do
  insmod "/modules/$module"
done < /modules/order

tries=100
while [ ! -b /dev/vdb ] && [ $tries -gt 0 ]; do
  tries=$((tries - 1))
  usleep 50000
done
home=$(cat /lab/home)
mount -t ext4 -o noatime /dev/vda /mnt && mkdir -p "/mnt$home" && mount -t ext4 -o noatime /dev/vdb "/mnt$home" || {
  echo "the lab's disks cannot be mounted"
  poweroff -f
}
ln -s "$home" /mnt/skerry
cp -r /lab /mnt/
for each in proc sys dev; do
  mount --move "/$each" "/mnt/$each"
done
exec switch_root /mnt /lab/init
