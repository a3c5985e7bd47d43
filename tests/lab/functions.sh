# What the scripts of the lab share. They run inside it: bin/skerry lab -- bash -c "$(cat tests/lab/{functions,NAME}.sh)"
# Each line "verdict NAME VALUE" is something to look at; the rest is for whoever wants to know why.
# PATIENCE: seconds (300) after which something has failed that should end. On a busy machine the lab is slow.
PATIENCE=${PATIENCE:-300}
say() { echo "[$(cut -d' ' -f1 /proc/uptime)] $*"; }
verdict() { say "$*"; echo "verdict $*"; }

# expect NAME VALUE WANTED: a verdict that is judged here; "judged" is the exit status of the script.
wrong=0
expect() {
  verdict "$1" "$2"
  [ "$2" = "$3" ] || { wrong=$((wrong + 1)); echo "WRONG $1: $2 instead of $3"; }
}
judged() { say "$wrong wrong"; [ "$wrong" = 0 ]; }

# explain DOMAIN: all that is known of one that does not do what it should.
explain() {
  say "about $1:"
  xl list
  tail -c 1500 "/tmp/console.$1"
  tail -n 4 /run/skerry/*.log
  xl dmesg | tail -n 4
  dmesg | tail -n 4
}

# up DOMAIN [SECONDS]: until its console, see talk, says so. The emulator lets guests die in their boot now and then.
up() {
  await "${2:-$PATIENCE}" bash -c "grep -q 'is up on' /tmp/console.$1 || grep -q '($1) has shut down' /run/skerry/domain0.log"
  grep -q 'is up on' "/tmp/console.$1" || { explain "$1"; return 1; }
}

# shut DOMAIN [SECONDS]: "xl shutdown -w" that does not wait for ever.
shut() { timeout "${2:-$PATIENCE}" xl shutdown -w "$1" || { explain "$1"; return 1; }; }

# await SECONDS COMMAND...: until the command succeeds.
await() {
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.2
  done
}

# talk DOMAIN: a console of the domain stays open, for "on" and "tell". What it says is kept in /tmp/console.DOMAIN.
talk() {
  local pipe=/tmp/typed.$1
  rm -f "$pipe"
  mkfifo "$pipe"
  xl console "$1" < "$pipe" > "/tmp/console.$1" 2>&1 &
  exec {keyboard}> "$pipe"
  eval "keyboard_$1=$keyboard"
}

# tell DOMAIN LINE: type a line, wait for nothing.
tell() {
  local keyboard=keyboard_$1
  printf '%s\r' "$2" >&"${!keyboard}"
}

# A shell splits the marker that is typed, so only what its echo prints is one. It is another each time, also for an
# "on" before a pipe, which counts in a process of its own.
# on DOMAIN COMMAND [SECONDS]: run it at the shell of the console, print what it says, return its status; 99: no answer.
on() {
  local mark=$SRANDOM log=/tmp/console.$1
  tell "$1" "echo 'begin'-$mark; $2; echo 'end'-$mark-\$?-"
  if await "${3:-$PATIENCE}" grep -q "^end-$mark-[0-9]*-" "$log"; then
    tr -d '\r' < "$log" | sed -n "/^begin-$mark\$/,/^end-$mark-/p" | sed '1d;$d'
    return "$(tr -d '\r' < "$log" | sed -n "s/^end-$mark-\([0-9]*\)-.*/\1/p" | tail -1)"
  fi
  say "$1 did not answer: $2"
  tail -c 600 "$log"
  return 99
}

# hang_up DOMAIN: end "talk".
hang_up() {
  local keyboard=keyboard_$1
  [ -n "${!keyboard}" ] || return
  printf '\035' >&"${!keyboard}"
  eval "exec ${!keyboard}>&-"
}

# answers ADDRESS: whether it can be pinged within a while.
answers() { await "${2:-$PATIENCE}" ping -c 1 -W 2 "$1"; }
