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

# docker_publishes NODE PORT: whether the running container of NODE is what listens on PORT.
docker_publishes() {
  case $("${compose[@]}" port "$1" "$(container_port_of "$1")" 2>/dev/null) in *:"$2") return 0 ;; *) return 1 ;; esac
}

docker_up() {
  local node ran=yes
  docker_runs || ran=no
  for node in $nodes; do docker_publishes "$node" "$(port_of "$node")" || require_free_port "$node"; done
  if ! "${compose[@]}" up --build -d; then
    [ "$ran" = yes ] || "${compose[@]}" down >/dev/null 2>&1 || true
    die "docker-compose up failed, see above"
  fi
  for node in $nodes; do
    await 60 docker_node_answers "$node" || die "$node does not answer after 60 s: see ${compose[*]} logs $node"
  done
  announce "in containers"
}

docker_down() { "${compose[@]}" down; }

docker_logs() { exec "${compose[@]}" logs -f --tail=100; }

docker_status() {
  local node id state
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
    printf '  %-11s http://localhost:%s   %s\n' "$node" "$(port_of "$node")" "$state"
  done
}
