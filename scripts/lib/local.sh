# shellcheck shell=bash
# The three nodes as local processes. Sourced.
#
# .run/NODE.pid   line 1 the process id, line 2 the port, line 3 the command line as it was started
# .run/NODE.log   what the node printed since its start; NODE.log.1 is the one before

# shellcheck source=scripts/lib/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"

run_folder=$root/.run
replog=${REPLOG_BINARY:-$root/.build/release/replog}

command_line_of() {
  if [ -r "/proc/$1/cmdline" ]; then tr '\0' ' ' <"/proc/$1/cmdline"; else ps -p "$1" -o command= 2>/dev/null; fi
}

# local_read NODE: sets pid, port and command from the pid file. A process id may have been given to a stranger since, so
# the node counts as running only where that process still has our command line.
local_read() {
  pid="" port="" command=""
  [ -f "$run_folder/$1.pid" ] || return 1
  { read -r pid && read -r port && read -r command; } <"$run_folder/$1.pid" || return 1
  case "$(command_line_of "$pid") " in *"$command "*) return 0 ;; *) return 1 ;; esac
}

local_running_nodes() {
  local node pid port command
  for node in $nodes; do ! local_read "$node" || printf '%s ' "$node"; done
}

local_runs() { [ -n "$(local_running_nodes)" ]; }

local_arguments_of() {
  if [ "$1" = master ]; then
    say "master --host 127.0.0.1 --port $master_port --advertise http://localhost:$master_port" \
      "--follower http://127.0.0.1:$follower_1_port --follower http://127.0.0.1:$follower_2_port"
  else
    say "follower --host 127.0.0.1 --port $(port_of "$1") --delay $(delay_of "$1") --name $1"
  fi
}

local_start() {
  local node=$1 log=$run_folder/$1.log session arguments
  [ ! -f "$log" ] || mv -f "$log" "$log.1"
  read -ra arguments <<<"$(local_arguments_of "$node")"
  session=$(command -v setsid || true) # a session of its own: Ctrl-C in this terminal is not for the nodes
  REPLOG_LOG_LEVEL=$log_level ${session:+"$session"} nohup "$replog" "${arguments[@]}" >"$log" 2>&1 </dev/null &
  printf '%s\n' "$!" "$(port_of "$node")" "$replog ${arguments[*]}" >"$run_folder/$node.pid"
  # Between fork and exec the process still has this script's command line.
  until local_read "$node" || ! kill -0 "$!" 2>/dev/null; do sleep 0.02; done
}

# local_stop NODE…: SIGTERM to all, SIGKILL to those that are still there after 10 s.
local_stop() {
  local node pid port command deadline=$((SECONDS + 10))
  for node in "$@"; do
    ! local_read "$node" || kill -TERM "$pid" || die "process $pid of $node can't be stopped: is it another user's?"
  done
  for node in "$@"; do
    while local_read "$node" && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.1; done
    if local_read "$node"; then
      say "$node did not stop within 10 s: killed"
      kill -KILL "$pid"
      while local_read "$node"; do sleep 0.1; done
    fi
    rm -f "$run_folder/$node.pid"
  done
}

# Waits until a node answers; its last words when it ends instead.
local_await() {
  local node=$1 pid port command deadline=$((SECONDS + 30))
  until "$replog" health --url "http://127.0.0.1:$(port_of "$node")" >/dev/null 2>&1; do
    local_read "$node" || die "$node did not start: $(tail -n 1 "$run_folder/$node.log")"
    [ "$SECONDS" -lt "$deadline" ] || die "$node does not answer after 30 s: see $run_folder/$node.log"
    sleep 0.1
  done
}

# A node that runs already must be where the settings say, else the others would look for it in the wrong place.
local_require_same_ports() {
  local node pid port command
  for node in $nodes; do
    ! local_read "$node" || [ "$port" = "$(port_of "$node")" ] ||
      die "$node already runs on port $port, the settings now say $(port_of "$node"): make down first"
  done
}

local_build() {
  [ -z "${REPLOG_BINARY:-}" ] || return 0
  "$root/scripts/install-dependencies"
  swift build --package-path "$root" -c release --static-swift-stdlib --product replog
}

local_up() {
  local node running
  running=" $(local_running_nodes)"
  local_require_same_ports
  if [ "$running" = " master follower-1 follower-2 " ]; then
    announce "as it was before, in local processes"
    return
  fi
  for node in $nodes; do
    case $running in *" $node "*) ;; *) require_free_port "$node" ;; esac
  done
  local_build
  mkdir -p "$run_folder"
  started=""
  # Nothing is left half started, whatever ends this script before all three answer.
  trap 'local_stop $started' EXIT
  trap 'exit 130' INT TERM
  for node in $nodes; do
    case $running in *" $node "*) continue ;; esac
    started="$started $node"
    local_start "$node"
  done
  for node in $nodes; do local_await "$node"; done
  trap - EXIT INT TERM
  announce "in local processes"
}

local_down() {
  say "Stopping the local processes: $(local_running_nodes)"
  # shellcheck disable=SC2086 # one word per node
  local_stop $nodes
}

local_logs() { exec tail -n 100 -q -F "$run_folder"/master.log "$run_folder"/follower-1.log "$run_folder"/follower-2.log; }

local_status() {
  local node pid port command state all=yes
  say "Local processes:"
  for node in $nodes; do
    if ! local_read "$node"; then
      printf '  %-11s not running\n' "$node"
      all=no
      continue
    fi
    state="does not answer"
    ! "$replog" health --url "http://127.0.0.1:$port" >/dev/null 2>&1 || state=answers
    [ "$state" = answers ] || all=no
    printf '  %-11s http://localhost:%s   process %s   %s\n' "$node" "$port" "$pid" "$state"
  done
  [ "$all" = yes ]
}
