#!/usr/bin/env bash
# Installs the optional tools of `cargo xtask bench`: Lua, LuaJIT, Node, Python, valgrind, hyperfine (Debian and Ubuntu).
set -euo pipefail

declare -A packages=([lua5.4]=lua5.4 [luajit]=luajit [node]=nodejs [python3]=python3 [valgrind]=valgrind [hyperfine]=hyperfine)
missing=()
for tool in "${!packages[@]}"; do
  command -v "$tool" >/dev/null 2>&1 || missing+=("${packages[$tool]}")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "all tools are installed"
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "no apt-get here; install by hand: ${missing[*]}" >&2
  exit 1
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
for package in "${missing[@]}"; do
  "${as_root[@]}" apt-get install -y -qq "$package" || echo "could not install $package" >&2
done
