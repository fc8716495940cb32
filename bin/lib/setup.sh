# Sourced by bin/relay and bin/test, with the repository root as the working directory: finds or makes what they need.
# Nothing here runs Maven or pip when nothing changed.

ROOT=$PWD
DIST=$ROOT/relay-cli/target/dist
VENV=$ROOT/relay-sdk-python/.venv
JAVA_FLAGS="-XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -Xlog:disable -Xlog:all=warning:stderr"

need_java() {
  if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ]; then JAVA=$JAVA_HOME/bin/java; else JAVA=$(command -v java || true); fi
  if [ -z "$JAVA" ]; then
    echo "relay: no Java found; install a JDK 17 or newer (Debian: apt-get install openjdk-17-jdk) or set JAVA_HOME" >&2
    exit 1
  fi
}

# need_program PACKAGE PROGRAM...: one of the programs must be there; on Debian, as root, its package is installed.
need_program() {
  local package=$1 program
  shift
  for program in "$@"; do command -v "$program" >/dev/null && return 0; done
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "relay: the tests need $1; install the package $package first" >&2
    exit 1
  fi
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null
}

# want_program PACKAGE PROGRAM WHAT: as need_program, but without it only WHAT is not run, and said.
want_program() {
  command -v "$2" >/dev/null && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # RUNLEVEL=1: a package that brings a service does not start it.
    { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1"; } >/dev/null 2>&1 || true
  fi
  command -v "$2" >/dev/null || echo "relay: $2 absent (package $1): not run: $3" >&2
}

# Newer sources than the last build?
is_stale() {
  [ ! -f "$DIST/.built" ] && return 0
  [ -n "$(find pom.xml protocol relay-* examples deploy/release -newer "$DIST/.built" \( -name '*.java' -o -name pom.xml -o -path '*/src/main/resources/*' -o -path 'deploy/release/*' \) -not -path '*/target/*' -not -path '*/src/test/*' -not -path '*/.venv/*' -print -quit)" ]
}

build_if_stale() {
  is_stale || return 0
  echo "relay: building (first start or sources changed)" >&2
  ./mvnw -q -B -ntp -Dfast -DskipTests package >&2
  rm -rf "$DIST" && mkdir -p "$DIST/lib" "$DIST/bin"
  cp relay-cli/target/lib/*.jar relay-cli/target/relay-cli-*.jar "$DIST/lib/"
  cp examples/target/examples-*.jar "$DIST/lib/"
  cp deploy/release/* "$DIST/bin/"
  "$DIST/bin/archive" || true
  "$DIST/bin/relay" man "$DIST/man"
  touch "$DIST/.built"
}

python_env() {
  if [ ! -f "$VENV/.ready" ] || [ relay-sdk-python/pyproject.toml -nt "$VENV/.ready" ]; then
    command -v python3 >/dev/null || { echo "relay: no python3 found; install Python 3.11 or newer" >&2; exit 1; }
    python3 -m venv "$VENV"
    "$VENV/bin/pip" install -q -e 'relay-sdk-python[redis,dev]' >&2
    touch "$VENV/.ready"
  fi
}
