# shellcheck shell=bash
# Shared by the scripts, which source it: messages, the settings of .env, ports and time limits.

# shellcheck disable=SC2034 # the sourcing scripts use them
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
nodes="master follower-1 follower-2"

say() { printf '%s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# setting NAME DEFAULT: the environment's value, else the one in .env, else the default: docker-compose's order.
setting() {
  local value=""
  if [ -n "${!1+set}" ]; then
    value=${!1}
  elif [ -f "$root/.env" ]; then
    value=$(tr -d '\r' <"$root/.env" |
      sed -n -e "s/^[[:space:]]*export[[:space:]]*//" -e "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" | tail -n 1 |
      sed -e 's/[[:space:]]#.*$//' -e 's/[[:space:]]*$//' -e "s/^\"\(.*\)\"$/\1/" -e "s/^'\(.*\)'$/\1/")
  fi
  printf '%s\n' "${value:-$2}"
}

# The three ports and the log level, checked.
load_settings() {
  master_port=$(setting MASTER_PORT 6061)
  follower_1_port=$(setting FOLLOWER_1_PORT 6062)
  follower_2_port=$(setting FOLLOWER_2_PORT 6063)
  log_level=$(setting LOG_LEVEL debug)
  case $log_level in
    trace | debug | info | notice | warning | error | critical) ;;
    *) die "LOG_LEVEL is '$log_level': it must be trace, debug, info, notice, warning, error or critical" ;;
  esac
  local node port seen=" "
  for node in $nodes; do
    port=$(port_of "$node")
    case $port in
      *[!0-9]* | 0* | ??????*) die "$(port_variable_of "$node") is '$port': a port is a whole number from 1 to 65535, without a leading zero" ;;
    esac
    [ "$port" -le 65535 ] || die "$(port_variable_of "$node") is $port: the highest port is 65535"
    case $seen in *" $port "*) die "port $port is given to two nodes: change $(port_variable_of "$node") in .env" ;; esac
    seen="$seen$port "
  done
}

port_of() {
  case $1 in
    master) printf '%s\n' "$master_port" ;;
    follower-1) printf '%s\n' "$follower_1_port" ;;
    follower-2) printf '%s\n' "$follower_2_port" ;;
  esac
}

port_variable_of() {
  case $1 in
    master) printf 'MASTER_PORT\n' ;;
    follower-1) printf 'FOLLOWER_1_PORT\n' ;;
    follower-2) printf 'FOLLOWER_2_PORT\n' ;;
  esac
}

# The seconds by which a follower stores late; docker-compose.yaml has the same.
delay_of() {
  case $1 in
    follower-1) printf '5.0\n' ;;
    follower-2) printf '2.0\n' ;;
  esac
}

# Whether something listens on a TCP port of this machine.
port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

require_free_port() {
  local port
  port=$(port_of "$1")
  ! port_in_use "$port" || die "port $port of $1 is in use by another program: stop that program, or set" \
    "$(port_variable_of "$1") to a free port in .env"
}

# free_port FIRST: the first port from FIRST on, in steps of 7, that nothing listens on.
free_port() {
  local port=$1
  while port_in_use "$port"; do port=$((port + 7)); done
  printf '%s\n' "$port"
}

# with_time_limit SECONDS COMMAND…: macOS has no timeout(1) but has perl.
with_time_limit() {
  if command -v timeout >/dev/null 2>&1; then
    timeout "$@"
  else
    perl -e 'alarm shift @ARGV; exec @ARGV' "$@"
  fi
}

# await SECONDS COMMAND…: tries the command until it succeeds or the time is over.
await() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

# announce HOW: where the nodes are and what to do first.
announce() {
  local node
  say ""
  say "The replicated log is up, $1:"
  for node in $nodes; do
    printf '  %-11s http://localhost:%s%s\n' "$node" "$(port_of "$node")" \
      "$([ "$node" = master ] || printf '   stores each message %s s late' "$(delay_of "$node")")"
  done
  say ""
  say "Try:"
  say "  curl -X POST http://localhost:$master_port/add -d '{\"data\": \"msg1\", \"write_concern\": 2}'"
  say "  curl http://localhost:$follower_2_port/messages"
  say ""
  say "make logs follows the replication, make status shows the nodes, make down stops them."
}
