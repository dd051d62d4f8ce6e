# shellcheck shell=bash
# What scripts/test-docker and .ci/run say to running nodes, and how they count. Sourced; needs load_settings.

checks_passed=0
checks_failed=0

# check SENTENCE COMMAND…: one line, ok where the command succeeds.
check() {
  local sentence=$1
  shift
  if "$@"; then
    checks_passed=$((checks_passed + 1))
    printf 'ok    %s\n' "$sentence"
  else
    checks_failed=$((checks_failed + 1))
    printf 'FAIL  %s\n' "$sentence"
  fi
}

# The last line, and the exit code.
summary() {
  printf '%s passed, %s failed\n' "$checks_passed" "$checks_failed"
  [ "$checks_failed" = 0 ] || exit 1
}

url_of() { printf 'http://127.0.0.1:%s\n' "$(port_of "$1")"; }

# add TEXT W LIMIT [NODE]: sets body (curl's complaint where there is no answer), status (then 000) and seconds.
add() {
  local answer
  answer=$(curl -sS -w '\n%{http_code} %{time_total}' --max-time "$3" -H 'Content-Type: application/json' \
    "$(url_of "${4:-master}")/add" -d "{\"data\": \"$1\", \"write_concern\": $2}" 2>&1) || true
  body=$(printf '%s\n' "$answer" | sed '/^[0-9][0-9][0-9] [0-9.]*$/d')
  read -r status seconds <<<"$(printf '%s\n' "$answer" | sed -n '/^[0-9][0-9][0-9] [0-9.]*$/p')"
}

# adds TEXT W FROM TO: the add is answered as the contract says, in FROM to TO seconds.
adds() {
  add "$1" "$2" 30
  local expected='{"status_code":200,"message":"Message added successfully","data":null}'
  if [ "$status" != 200 ] || [ "$body" != "$expected" ]; then
    say "      got $status $body"
    return 1
  fi
  awk -v seconds="$seconds" -v from="$3" -v to="$4" 'BEGIN { exit !(seconds >= from && seconds <= to) }' || {
    say "      took $seconds s, not $3 to $4 s"
    return 1
  }
}

messages_of() { curl -sS --max-time 5 "$(url_of "$1")/messages" 2>&1; }

# shows NODE TEXT…: the node has exactly these messages, and says so byte for byte as the contract does.
shows() {
  local node=$1 text list=""
  shift
  for text in "$@"; do list="$list${list:+,}{\"text\":\"$text\"}"; done
  [ "$(messages_of "$node")" = '{"status_code":200,"message":"Messages fetched successfully","data":['"$list"']}' ]
}

messages_contain() {
  case $(messages_of "$1") in *"{\"text\":\"$2\"}"*) return 0 ;; *) return 1 ;; esac
}
