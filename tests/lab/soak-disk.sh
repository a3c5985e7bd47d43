# Linux guests write and verify without an end: does each live, and is every byte right? Frames move between a guest's
# memory and a window only with persistent grants and when a disk comes or goes; of two guests one has neither, so that
# what ends both is not the moves.
#   MINUTES (10); GUESTS, some of "moving" and "plain" (both)
guests=${GUESTS:-moving plain}
say "$(uname -r)"
skerry up
# A disk that comes is written once, and nobody uses it when it goes.
work='i=0; fresh=1; cat /mnt/data /mnt/data /mnt/data > /tmp/ref
while :; do i=$((i+1)); { echo $i; cat /tmp/ref; } > /tmp/now
f=/mnt/f; [ -b /dev/xvdb ] || fresh=1
[ -b /dev/xvdb ] && [ $fresh = 1 ] && f=/dev/xvdb && fresh=0
dd if=/tmp/now of=$f bs=64k conv=fsync,notrunc 2> /dev/null || echo IO"ERROR"
echo 3 > /proc/sys/vm/drop_caches
cmp -n $(stat -c %s /tmp/now) /tmp/now $f && echo "same"-$i-$f || echo "differs"-$i-$f; done'
work=${work//$'\n'/; }
work=${work//do; /do }
number=2
for guest in $guests; do
  more=
  [ $guest = plain ] && more=xen_blkfront.feature_persistent=0
  cp examples/linux/disk.img /tmp/$guest.img
  xl create examples/linux.cfg name=$guest "disk=['/tmp/$guest.img,raw,xvda,rw']" \
    "cmdline=\"console=hvc0 quiet ip=10.0.0.$number/24 $more\"" && answers 10.0.0.$number
  talk $guest
  on $guest 'cat /sys/module/xen_blkfront/parameters/feature_persistent'
  tell $guest "$work"
  number=$((number + 1))
done

is_alive() { ! grep -q "^Domain [0-9]* ($1) has shut down" /run/skerry/domain0.log; }
rounds() { grep -c ^same- /tmp/console.$1; }
truncate -s 16M /tmp/more.img
start=$SECONDS
told=0
plugs=0
while [ $((SECONDS - start)) -lt $((${MINUTES:-10} * 60)) ]; do
  if [[ $guests == *moving* ]] && is_alive moving; then
    before=$(grep -c '^same-.*xvdb' /tmp/console.moving)
    xl block-attach moving file:/tmp/more.img,xvdb,w && plugs=$((plugs + 1))
    await 60 eval '[ $(grep -c "^same-.*xvdb" /tmp/console.moving) -gt '$before' ]'
    await 60 xl block-detach moving xvdb
  else
    sleep 10
  fi
  if [ $((SECONDS - start)) -ge $((told + 60)) ]; then
    told=$((SECONDS - start))
    for guest in $guests; do
      say "$guest $(is_alive $guest && echo lives || echo has ended): $(rounds $guest) rounds, $plugs plugs"
    done
  fi
done
grep 'has shut down' /run/skerry/domain0.log
for guest in $guests; do
  say "$guest: $(rounds $guest) rounds"
  expect $guest-wrong "$(grep -c '^differs-\|^IOERROR' /tmp/console.$guest)" 0
  expect $guest-lives "$(is_alive $guest && echo yes || echo no)" yes
done
skerry down
judged
