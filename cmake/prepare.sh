# Shared by ./run, ./test and ./bench, which source it: the packages, and the
# builds.

build_packages=(g++ cmake ninja-build libcaf-dev libmsgpack-cxx-dev
  pybind11-dev python3-dev nlohmann-json3-dev libcli11-dev libasio-dev)
test_packages=(catch2 libeigen3-dev python3-pytest mypy clang-format python3-numpy
  python3-attr python3-pandas python3-pydantic python3-venv libssl-dev clang-14
  libclang-rt-14-dev codespell python3-tomli)
bench_packages=(python3-venv python3-numpy python3-joblib python3-matplotlib)

say() {
  echo "venomous: $*" >&2
}

# Prints those of the given packages that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) \
      == installed* ]] || echo "$package"
  done
}

# Installs those of the given packages that are missing.
install_packages() {
  if ! command -v apt-get dpkg-query >/dev/null; then
    say "this is no Debian or Ubuntu, so what is needed is taken as installed:"
    say "$*"
    return
  fi
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      say "these packages are missing, and installing them takes root or sudo:"
      say "apt-get install ${missing[*]}"
      return 1
    fi
    as_root=(sudo)
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get
    -qq -y -o DPkg::Lock::Timeout=300)
  say "installing ${missing[*]}"
  quietly "${as_root[@]}" update
  quietly "${as_root[@]}" install --no-install-recommends "${missing[@]}"
}

# Runs a command and shows its output only if it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# Configures a preset if need be and builds it, or only the targets that are
# named after it. To be called at the root. Returns as the first command does
# that fails: `set -e` is off where a function is part of a condition.
build_preset() {
  local preset=$1 folder=build/$1 targets=()
  shift
  (($#)) && targets=(--target "$@")
  # A build folder remembers the path for which it was made.
  if ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" \
    "$folder/CMakeCache.txt" 2>/dev/null; then
    rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles" || return
  fi
  if [[ ! -e $folder/CMakeCache.txt || ! -e $folder/build.ninja \
    || CMakePresets.json -nt $folder/build.ninja ]]; then
    say "configuring $folder"
    quietly cmake --preset "$preset" || return
  fi
  say "building $folder"
  quietly cmake --build --preset "$preset" "${targets[@]}"
}
