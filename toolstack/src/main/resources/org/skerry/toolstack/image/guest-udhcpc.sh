#!/bin/sh
# What udhcpc learns becomes the interface's address.
case $1 in
  deconfig) ip addr flush dev "$interface" ;;
  bound | renew)
    ip addr add "$ip/${mask:-24}" dev "$interface"
    for gateway in $router; do
      ip route add default via "$gateway"
    done
    ;;
esac
