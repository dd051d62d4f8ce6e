# shellcheck shell=bash
# What scripts/verify is made of: a rule is a sentence and the places that break it, none when it holds. Sourced.

broken_rules=0
rules=0

# rule SENTENCE PLACES
rule() {
  rules=$((rules + 1))
  if [ -z "$2" ]; then
    printf 'ok    %s\n' "$1"
  else
    broken_rules=$((broken_rules + 1))
    printf 'FAIL  %s\n' "$1"
    printf '%s\n' "$2" | sed 's/^/        /'
  fi
}

# The summary, and the exit code.
finish() {
  printf '%s rules hold, %s broken\n' $((rules - broken_rules)) "$broken_rules"
  [ "$broken_rules" = 0 ]
}

# code_lines PATTERN PATH…: lines of Swift that match and are no comment, as path:line: text.
code_lines() {
  local pattern=$1
  shift
  pattern=$pattern find "$@" -name '*.swift' -exec awk '
    !/^[[:space:]]*\/\// && $0 ~ ENVIRON["pattern"] { print FILENAME ":" FNR ": " $0 }' {} +
}

files_with() { code_lines "$@" | cut -d : -f 1 | sort -u; }

only_if_several() { awk '{ line[NR] = $0 } END { if (NR > 1) for (i = 1; i <= NR; i++) print line[i] }'; }

# imports MODULES PATH…: import lines of a module that the pattern MODULES matches whole.
imports() {
  local modules=$1
  shift
  code_lines "^[[:space:]]*(@[^ ]+ +)*((public|package|internal|fileprivate|private) +)?import +\
((struct|class|enum|protocol|func|var|let|typealias) +)?($modules)([^A-Za-z0-9_]|\$)" "$@"
}

# misnamed_files FOLDER: a file with types that others see is called as one of them (the others are its small companions),
# Type+Aspect extends Type. A file of functions alone is called as it likes.
misnamed_files() {
  find "$1" -name '*.swift' ! -name main.swift -exec awk '
    function report() {
      if (file == "") return
      stem = file; sub(/.*\//, "", stem); sub(/\.swift$/, "", stem)
      if (stem ~ /[+]/) {
        sub(/[+].*/, "", stem)
        if (!(stem in extended) && !(stem in declared)) print file ": extends no " stem
      } else if (count > 0 && !(stem in declared)) print file ": declares " names
    }
    FNR == 1 { report(); file = FILENAME; count = 0; names = ""; split("", declared); split("", extended) }
    /^(@[A-Za-z()]+ )*((public|package|internal|final|indirect|nonisolated) )*(struct|class|enum|actor|protocol) [A-Z]/ {
      match($0, /(struct|class|enum|actor|protocol) [A-Za-z0-9_]+/)
      name = substr($0, RSTART, RLENGTH); sub(/.* /, "", name)
      declared[name]; names = names (count++ ? ", " : "") name
    }
    /^(@[A-Za-z()]+ )*((public|package|internal|private|fileprivate|nonisolated) )*extension [A-Z]/ {
      match($0, /extension [A-Za-z0-9_.]+/)
      name = substr($0, RSTART + 10, RLENGTH - 10); sub(/.*\./, "", name)
      extended[name]
    }
    END { report() }' {} +
}

# Warnings and errors of a build with the tests; the very build that make test uses.
build_complaints() {
  local output code=0
  output=$(swift build --build-tests 2>&1) || code=$?
  printf '%s\n' "$output" | grep -E -A 4 '(warning|error): ' || [ "$code" = 0 ] || printf '%s\n' "$output" | tail -n 40
}

markdown_files() { find . -name '*.md' ! -path './.build*' ! -path './.git/*' | sed 's|^\./||' | sort; }

unlinked_records() {
  local record documents=()
  while read -r record; do documents+=("$record"); done < <(markdown_files)
  for record in docs/adr/*.md; do
    case $record in docs/adr/README.md | 'docs/adr/*.md') continue ;; esac
    grep -l -F "${record##*/}" "${documents[@]}" | grep -v -x -F "$record" >/dev/null || printf '%s\n' "$record"
  done
}

# The names that GitHub gives to a document's headings.
anchors_of() {
  awk '/^```/ { code = !code } !code && /^#+ / { sub(/^#+ +/, ""); print tolower($0) }' "$1" |
    sed -e 's/[^[:alnum:] _-]//g' -e 's/ /-/g'
}

broken_links() {
  local document line target path
  while read -r document; do
    while IFS=: read -r line target; do
      case $target in http://* | https://* | mailto:*) continue ;; esac
      path=${target%%#*}
      if [ -z "$path" ]; then path=$document; else path=$(dirname "$document")/$path; fi
      if [ ! -e "$path" ]; then
        printf '%s:%s: %s does not exist\n' "$document" "$line" "$target"
      elif [ "$target" != "${target#*#}" ] && ! anchors_of "$path" | grep -x -F -e "${target#*#}" >/dev/null; then
        printf '%s:%s: %s has no such heading\n' "$document" "$line" "$target"
      fi
    done < <(awk '
      /^ *```/ { code = !code }
      !code {
        text = $0
        gsub(/`[^`]*`/, "", text)
        while (match(text, /\]\([^) ]+/)) {
          print FNR ":" substr(text, RSTART + 2, RLENGTH - 2)
          text = substr(text, RSTART + RLENGTH)
        }
      }' "$document")
  done < <(markdown_files)
}
