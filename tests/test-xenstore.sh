#!/usr/bin/env bash
# Fetches Xen's own test program for xenstore at a tag (RELEASE-4.22.0 unless another is given) and builds it against
# the libxenstore of this machine (Debian: apt install libxen-dev gcc curl), as target/peers/test-xenstore, where
# XenstoreCompatibilityTest finds it. Its source stays what it is, GPL, and no part of this project.
# XEN_GIT names a git repository to take it from instead, as git fetch would.
set -euo pipefail
tag=${1:-RELEASE-4.22.0}
cd "$(dirname "$0")/.."
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
mkdir -p "$build/xen-tools" target/peers

fetch() {
  if [[ -n ${XEN_GIT:-} ]]; then
    git --git-dir "$XEN_GIT" show "$tag:$1"
  else
    curl -fsSL "https://raw.githubusercontent.com/xen-project/xen/$tag/$1"
  fi
}

fetch tools/tests/xenstore/test-xenstore.c > "$build/test-xenstore.c"
fetch tools/include/xen-tools/common-macros.h > "$build/xen-tools/common-macros.h"
gcc -O2 -I"$build" ${CFLAGS:-} -o target/peers/test-xenstore "$build/test-xenstore.c" -l:libxenstore.so.4
echo "$tag" > target/peers/test-xenstore.version
