#!/bin/bash
# setup.sh build|test|engines: installs what is missing on Debian, then the npm packages. Does nothing, quickly, when all is there.
# "build": a C compiler, Emscripten (unless an emcc is on the PATH). "test": also what `make test` needs.
# "engines": also Firefox and WebKit, for `make test-engines`.
# Not for other systems: there it says what is missing and stops.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  echo "setup: $*" >&2
  exit 1
}

command -v node >/dev/null || fail "Node 20 or newer is needed (nodejs.org); it is not on the PATH"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 10) ? 0 : 1)' ||
  fail "Node 20.10 or newer is needed; $(command -v node) is $(node --version)"
command -v npm >/dev/null || fail "npm is needed; it comes with Node from nodejs.org"

mkdir -p build
exec 9>build/.setup-lock
flock 9

missing=()
need() { # need PACKAGE COMMAND-OR-FILE: one of a Debian package, and what shows that it is there
  case $2 in
  /*) [ -e "$2" ] || missing+=("$1") ;;
  *) command -v "$2" >/dev/null || missing+=("$1") ;;
  esac
}
need gcc gcc
need libc6-dev /usr/include/stdio.h
need emscripten emcc
if [ "${1:-build}" = engines ]; then
  need firefox-esr firefox-esr
  need webkit2gtk-driver WebKitWebDriver
  need xvfb xvfb-run
  need xauth xauth
fi
if [ "${1:-build}" != build ]; then
  need chromium chromium
  need clang clang
  need clang-format clang-format
  need cppcheck cppcheck
  # The sanitizers' run-time libraries go by clang's own version.
  if command -v clang >/dev/null; then
    version=$(clang -dumpversion)
    [ -e "$(clang --print-runtime-dir)/libclang_rt.asan-$(uname -m).a" ] ||
      [ -e "$(clang --print-runtime-dir)/libclang_rt.asan.a" ] ||
      missing+=("libclang-rt-${version%%.*}-dev")
  else
    missing+=(libclang-rt-dev)
  fi
fi

if [ ${#missing[@]} -gt 0 ]; then
  line="apt-get install --no-install-recommends ${missing[*]}"
  command -v apt-get >/dev/null || fail "missing here: ${missing[*]} (names of Debian's packages); install them and run make again"
  root=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || fail "please run: sudo $line"
    root=(sudo -n)
  fi
  echo "setup: $line"
  apt() { "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@"; }
  apt update || fail "apt-get update failed"
  apt install -y --no-install-recommends "${missing[@]}" >build/setup.log 2>&1 ||
    fail "failed: $line (see build/setup.log): $(tail -n 1 build/setup.log)"
fi

if ! cmp -s package-lock.json build/npm-installed || [ ! -d node_modules ]; then
  echo "setup: npm ci"
  rm -f build/npm-installed
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >build/npm.log 2>&1 ||
    fail "npm ci failed (see build/npm.log): $(grep -m 1 'npm error' build/npm.log || tail -n 1 build/npm.log)"
  cp package-lock.json build/npm-installed
fi
