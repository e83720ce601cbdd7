# Shared by ./run, ./test and ./bench, which source it: the packages, and the
# builds.

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")

build_packages=(g++ cmake make ninja-build libmsgpack-cxx-dev pybind11-dev
  python3-dev nlohmann-json3-dev libcli11-dev libasio-dev)
caf_packages=(libcaf-dev)
test_packages=(catch2 libeigen3-dev python3-pytest mypy clang-format python3-numpy
  python3-attr python3-pandas python3-pydantic python3-venv libssl-dev clang
  libclang-rt-dev codespell python3-tomli ccache)
bench_packages=(python3-venv python3-numpy python3-joblib python3-matplotlib)

# Where the CAF is installed that --caf asks for, empty for the system's.
caf_prefix=

# How long the first build of a preset takes on two cores.
declare -A usual_minutes=([release]=4 [dev]=10 [asan]=15 [fuzz]=6)

# Lets ccache find what another clone has compiled, in whatever folder that is.
export CCACHE_BASEDIR=${CCACHE_BASEDIR-$root}
export CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR-1}
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS-pch_defines,time_macros,include_file_mtime,include_file_ctime}

say() {
  echo "venomous: $*" >&2
}

# -- packages ------------------------------------------------------------------

# Prints those of the given packages that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) \
      == installed* ]] || echo "$package"
  done
}

# Whether sudo needs no password, or there is somebody who can type one.
may_become_root() {
  command -v sudo >/dev/null || return
  sudo -n true 2>/dev/null && return
  { : >/dev/tty; } 2>/dev/null && sudo -v
}

# Installs those of the given packages that are missing.
install_packages() {
  if ! command -v apt-get dpkg-query >/dev/null; then
    say "this is not Debian or Ubuntu; make sure that these are installed:"
    say "$*"
    return
  fi
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  say "these packages are missing: ${missing[*]}"
  if ((EUID != 0)); then
    if ! may_become_root; then
      say "you may not install packages; have an administrator run:"
      say "apt-get update && apt-get install --no-install-recommends ${missing[*]}"
      return 1
    fi
    as_root=(sudo)
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get
    -qq -y -o DPkg::Lock::Timeout=300)
  say "installing them"
  quietly "${as_root[@]}" update
  quietly "${as_root[@]}" install --no-install-recommends "${missing[@]}"
}

# -- builds --------------------------------------------------------------------

# Runs a command and shows its output only if it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# Shows progress while it reads the output of ninja: in place on a terminal, as
# a line every ten seconds elsewhere. Prints all other lines at the end.
show_progress() {
  local line rest='' shown=$SECONDS start=$SECONDS done=0 total=0 status interval=10
  [[ ! -t 2 ]] || interval=0
  while true; do
    status=0
    IFS= read -r -t 1 line || status=$?
    if ((status > 128)); then # Nothing within a second, but maybe half a line.
      rest+=$line
    elif [[ $rest$line =~ ^\[([0-9]+)/([0-9]+)\]\  ]]; then
      done=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]} rest=
    elif ((status == 0)) || [[ $rest$line ]]; then
      echo "$rest$line"
      rest=
    fi
    if ((status > 0 && status <= 128)); then
      break
    elif ((total > 0 && SECONDS - shown >= interval)); then
      shown=$SECONDS
      tell_progress "$done" "$total" "$((SECONDS - start))"
    fi
  done
  [[ ! -t 2 ]] || printf '\r\e[K' >&2
}

# Shows how many steps are done, and how long the rest will take.
tell_progress() {
  local done=$1 total=$2 seconds=$3 left=
  if ((done > 0)); then
    left=$((seconds * (total - done) / done))
    left=$(printf ', about %d:%02d min left' $((left / 60)) $((left % 60)))
  fi
  if [[ -t 2 ]]; then
    printf '\r\e[Kvenomous: %d of %d steps%s' "$done" "$total" "$left" >&2
  else
    say "$done of $total steps$left"
  fi
}

# Runs a command that starts ninja. Shows its progress and, if it fails, all of
# its output.
build_with() {
  local log status=0
  log=$(mktemp)
  NINJA_STATUS='[%f/%t] ' "$@" 2>&1 </dev/null | show_progress >"$log" || status=$?
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# Has everything built with the CAF 1.x that is installed in a folder.
use_caf() {
  caf_prefix=$(realpath -m -- "$1")
  # The presets put this in front of the names of their folders.
  export VENOMOUS_BUILD_PREFIX=caf-
  # CAF's CMake package looks for the libraries that CAF was built with.
  caf_packages=(libssl-dev)
  [[ ! $(find -L "$caf_prefix" -name CAFConfig.cmake 2>/dev/null) ]] || return 0
  say "there is no CAF 1.x in $caf_prefix: it contains no CAFConfig.cmake"
  return 1
}

# Prints the folder of a preset.
folder_of() {
  echo "build/${VENOMOUS_BUILD_PREFIX:-}$1"
}

# Whether this user may write to the folder, or make it.
check_writable() {
  local place=$1
  while [[ ! -e $place ]]; do
    place=$(dirname "$place")
  done
  [[ -w $place ]] && return
  say "$PWD/$place belongs to $(stat -c %U "$place"), and $(id -un) may not"
  say "write to it: remove it, or run this script as its owner"
  return 1
}

# Whether a folder was configured by these presets, at this place, for the CAF
# that is asked for: it remembers both.
is_configured() {
  local cache=$1/CMakeCache.txt
  [[ -e $cache && -e $1/build.ninja && ! CMakePresets.json -nt $1/build.ninja ]] \
    && grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$cache" \
    && { [[ ! $caf_prefix ]] || grep -qxF "CAF_ROOT:PATH=$caf_prefix" "$cache"; }
}

# Configures a preset if need be and builds it, or only the targets that are
# named after it. To be called at the root. Returns as the first command does
# that fails: `set -e` is off where a function is part of a condition.
build_preset() {
  local preset=$1 folder targets=() minutes=
  shift
  (($#)) && targets=(--target "$@")
  folder=$(folder_of "$preset")
  check_writable "$folder" || return
  if ! is_configured "$folder"; then
    say "configuring $folder"
    rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles" || return
    quietly cmake --preset "$preset" ${caf_prefix:+-D "CAF_ROOT:PATH=$caf_prefix"} \
      || return
  fi
  [[ -e $folder/.ninja_log ]] \
    || minutes=", which takes about ${usual_minutes[$preset]} minutes on two cores"
  say "building $folder$minutes"
  build_with cmake --build --preset "$preset" "${targets[@]}"
}
