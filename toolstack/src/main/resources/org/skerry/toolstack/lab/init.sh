#!/bin/bash
# The lab's second half of its start. /lab/job says what is to be done: it is a script for one run.
export PATH=/skerry/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/busybox
export HOME=/root LC_ALL=C.UTF-8 TERM=${TERM:-xterm}
mkdir -p /dev/pts /dev/shm /usr/local/busybox
mount -t devpts devpts /dev/pts
for each in /dev/shm /run; do
  mount -t tmpfs tmpfs $each
done
mount -t cgroup2 cgroup2 /sys/fs/cgroup
busybox --install -s /usr/local/busybox
ln -sf /usr/bin/bash /usr/local/busybox/sh 2> /dev/null
hostname lab
ip link set lo up
ip link add xenbr0 type bridge
ip addr add 10.0.0.1/24 dev xenbr0
ip link set xenbr0 up
port() {
  local name
  for name in /sys/class/virtio-ports/*/name; do
    [[ $(< "$name") == "$1" ]] && name=${name%/name} && echo "/dev/${name##*/}"
  done
}
cd /skerry
. /lab/job
sync
echo o > /proc/sysrq-trigger
sleep 60
