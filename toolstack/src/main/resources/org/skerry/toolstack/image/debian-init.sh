#!/bin/bash
# The first process of a small Debian: a shell on the console, again and again.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=${TERM:-vt100}
mountpoint -q /proc || mount -t proc proc /proc
mountpoint -q /sys || mount -t sysfs sysfs /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /dev/pts
mountpoint -q /dev/pts || mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
mount -o remount,rw / 2> /dev/null
cd /root
while true; do
  setsid -c bash -l < /dev/console > /dev/console 2>&1
done
