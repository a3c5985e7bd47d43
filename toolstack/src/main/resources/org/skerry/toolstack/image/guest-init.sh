#!/bin/sh
# The first process of a Linux guest. Of the kernel's command line it understands
#   ip=ADDRESS/PREFIX[,GATEWAY] or ip=dhcp   address of eth0
#   root=/dev/xvdaN                          go on in that file system, with its /sbin/init
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=vt100
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run

while read -r module; do
  insmod "/modules/$module"
done < /modules/order

ip= root=
for word in $(cat /proc/cmdline); do
  case $word in
    ip=*) ip=${word#ip=} ;;
    root=*) root=${word#root=} ;;
  esac
done

# A device of the store has its node as soon as its backend has answered.
await() {
  tries=100
  while [ ! -e "$1" ] && [ $tries -gt 0 ]; do
    tries=$((tries - 1))
    usleep 100000
  done
  [ -e "$1" ]
}

ip link set lo up
if ls /sys/bus/xen/devices | grep -q '^vif-' && await /sys/class/net/eth0; then
  ip link set eth0 up
  case $ip in
    dhcp) udhcpc -i eth0 -n -q -s /etc/udhcpc ;;
    ?*)
      ip addr add "${ip%,*}" dev eth0
      [ "$ip" = "${ip%,*}" ] || ip route add default via "${ip#*,}"
      ;;
  esac
fi

disk=${root:-/dev/xvda}
if ls /sys/bus/xen/devices | grep -q '^vbd-' && await "$disk"; then
  mount -t ext4 "$disk" /mnt && echo "$disk is mounted on /mnt"
fi
if [ -n "$root" ] && [ -x /mnt/sbin/init ]; then
  for each in dev/pts dev proc sys run; do
    mount --move "/$each" "/mnt/$each" 2> /dev/null || umount "/$each"
  done
  exec switch_root /mnt /sbin/init
fi

echo "Linux $(uname -r) is up on $(nproc) CPUs after $(cut -d' ' -f1 /proc/uptime) s"
while true; do
  setsid cttyhack sh -l
done
