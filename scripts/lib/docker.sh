# shellcheck shell=bash
# The three nodes in containers. Sourced.

# shellcheck source=scripts/lib/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"

# `docker version` and not `docker info`, whose exit code says nothing about the engine in some versions.
engine_answers() {
  command -v docker >/dev/null 2>&1 && with_time_limit 5 docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

# Sets compose to the command there is: `docker compose` (v2), else docker-compose (v1 or v2).
find_compose() {
  if docker compose version >/dev/null 2>&1; then
    compose=(docker compose)
  elif command -v docker-compose >/dev/null 2>&1; then
    compose=(docker-compose)
  else
    return 1
  fi
}

docker_is_usable() { engine_answers && find_compose; }

docker_why_not() {
  if ! command -v docker >/dev/null 2>&1; then
    say "Docker is not installed"
  elif ! engine_answers; then
    say "no Docker engine answers"
  else
    say "a Docker engine answers, but neither 'docker compose' nor docker-compose is installed"
  fi
}

docker_require() { docker_is_usable || die "$(docker_why_not)"; }

# docker_id NODE: the node's container, running or not.
docker_id() { "${compose[@]}" ps -a -q "$1" 2>/dev/null; }

docker_node_runs() {
  local id
  id=$(docker_id "$1")
  [ -n "$id" ] && [ "$(docker inspect --format '{{.State.Running}}' "$id")" = true ]
}

docker_runs() {
  local node
  for node in $nodes; do ! docker_node_runs "$node" || return 0; done
  return 1
}

# The port that a node has inside its container, as in docker-compose.yaml.
container_port_of() {
  case $1 in
    master) printf '6061\n' ;;
    follower-1) printf '6062\n' ;;
    follower-2) printf '6063\n' ;;
  esac
}

docker_node_answers() {
  docker exec "$(docker_id "$1")" replog health --url "http://127.0.0.1:$(container_port_of "$1")"
}

# docker_published_port NODE: the port of this machine that leads to the running container of NODE; nothing when none runs.
docker_published_port() {
  local address
  address=$("${compose[@]}" port "$1" "$(container_port_of "$1")" 2>/dev/null) || return 0
  say "${address##*:}"
}

# Waits until a node answers; its last words when it ends instead, and the engine starts it again and again.
docker_await() {
  local id starts deadline=$((SECONDS + 60))
  id=$(docker_id "$1")
  starts=$(docker inspect --format '{{.RestartCount}}' "$id")
  until docker_node_answers "$1" >/dev/null 2>&1; do
    [ "$(docker inspect --format '{{.RestartCount}}' "$id")" = "$starts" ] ||
      die "$1 did not start: $(docker logs --tail 1 "$id" 2>&1)"
    [ "$SECONDS" -lt "$deadline" ] || die "$1 does not answer after 60 s: $(docker logs --tail 1 "$id" 2>&1)"
    sleep 0.2
  done
}

docker_up() {
  local node port
  for node in $nodes; do
    port=$(docker_published_port "$node")
    if [ -z "$port" ]; then
      require_free_port "$node"
    elif [ "$port" != "$(port_of "$node")" ]; then
      # Compose would replace the container to move it, without a word to those who use it.
      die "$node already runs on port $port, the settings now say $(port_of "$node"): make down first"
    fi
  done
  if ! docker_runs; then
    # Nothing is left half started, whatever ends this script before all three answer.
    trap '"${compose[@]}" down >/dev/null 2>&1' EXIT
    trap 'exit 130' INT TERM
  fi
  "${compose[@]}" up --build -d || die "docker-compose up failed, see above"
  for node in $nodes; do docker_await "$node"; done
  trap - EXIT INT TERM
  announce "in containers"
}

docker_down() { "${compose[@]}" down; }

docker_remove_data() { "${compose[@]}" down -v; }

docker_logs() { exec "${compose[@]}" logs -f --tail=100; }

docker_status() {
  local node id state port all=yes
  say "Containers:"
  for node in $nodes; do
    id=$(docker_id "$node")
    state="no container"
    if [ -n "$id" ]; then
      state=$(docker inspect --format '{{.State.Status}}' "$id")
      if [ "$state" = running ]; then
        if docker_node_answers "$node" >/dev/null 2>&1; then state=answers; else state="does not answer"; fi
      fi
    fi
    [ "$state" = answers ] || all=no
    port=$(docker_published_port "$node")
    printf '  %-11s http://localhost:%s   %s\n' "$node" "${port:-$(port_of "$node")}" "$state"
  done
  [ "$all" = yes ]
}
