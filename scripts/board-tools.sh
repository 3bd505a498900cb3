#!/usr/bin/env bash
# Prepares the tools for images of the board: the compiler's library for RV32I, QEMU, a disassembler.
# With --check it installs nothing and says what is missing.
set -euo pipefail

target=riscv32i-unknown-none-elf
check=no
[ "${1:-}" = --check ] && check=yes
missing=()

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
updated=no
# Installs Debian packages, if that is wanted and possible.
install() {
  [ "$check" = no ] && command -v apt-get >/dev/null 2>&1 || return 1
  [ "$updated" = yes ] || "${as_root[@]}" apt-get update -qq || return 1
  updated=yes
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

has_target() { [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; }
has_source() { [ -f "$(rustc --print sysroot)/lib/rustlib/src/rust/library/core/src/lib.rs" ]; }

# The library of the target: from rustup; else from its sources, which cargo then builds itself (-Zbuild-std).
if ! command -v rustc >/dev/null 2>&1 || ! command -v cargo >/dev/null 2>&1; then
  install rustc-web cargo-web rust-web-src lld || missing+=("rustc and cargo (rustup.rs, or Debian's rustc-web and cargo-web)")
fi
if command -v rustc >/dev/null 2>&1 && ! has_target; then
  if [ "$check" = no ] && command -v rustup >/dev/null 2>&1; then
    timeout 300 rustup target add "$target" || true
  fi
  if ! has_target && ! has_source; then
    install rust-web-src lld || true
    has_source || missing+=("the library for $target (rustup target add $target, or Debian's rust-web-src and lld)")
  fi
fi

# Debian's compiler links with ld.lld; rustup's brings its own.
if command -v rustc >/dev/null 2>&1 && ! has_target && ! command -v ld.lld >/dev/null 2>&1; then
  install lld || missing+=("ld.lld (Debian's lld)")
fi

command -v qemu-system-riscv32 >/dev/null 2>&1 || install qemu-system-misc ||
  missing+=("qemu-system-riscv32 (Debian's qemu-system-misc)")
command -v llvm-objdump >/dev/null 2>&1 || install llvm || missing+=("llvm-objdump, for disasm alone (Debian's llvm)")

if [ ${#missing[@]} -eq 0 ]; then
  echo "the tools for the board are there"
  exit 0
fi
printf 'missing: %s\n' "${missing[@]}" >&2
exit 1
