# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Sourced by ./demo, ./check and .ci/run: makes sure that the tools they need
# are there.
#
#     . scripts/prepare.sh
#     prepare compiler library tests
#
# Asks each tool or library for itself rather than the package database, so
# that one installed by hand counts too.  Only what is missing is installed,
# by the system's package manager; when nothing is, nothing is asked of the
# network and no privilege is needed.

# What each part of the work needs, as PACKAGE=TEST, where the test is a command
# (cmd), a module of pkg-config (pc), a header that the compiler finds (h) or a
# compiler that can link with AddressSanitizer (asan).
requirements_of() {
    case $1 in
    build)
        echo gcc=cmd:gcc libc6-dev=h:stdio.h meson=cmd:meson \
            ninja-build=cmd:ninja pkg-config=cmd:pkg-config \
            python3=cmd:python3 libatomic-ops-dev=h:atomic_ops.h \
            libunwind-dev=h:libunwind.h
        ;;
    tests) echo check=pc:check g++=cmd:g++ binutils=cmd:nm ;;
    clang) echo clang=cmd:clang libclang-rt-dev=asan:clang ;;
    clients) echo guile-3.0=cmd:guile w3m=cmd:w3m nix-bin=cmd:nix-instantiate ;;
    peers) echo libgc-dev=pc:bdw-gc libmimalloc-dev=h:mimalloc.h ;;
    esac
}

is_there() {
    case $1 in
    cmd:*) command -v "${1#*:}" >/dev/null 2>&1 ;;
    pc:*) pkg-config --exists "${1#*:}" >/dev/null 2>&1 ;;
    asan:*)
        echo "int main(void) { return 0; }" |
            "${1#*:}" -fsanitize=address -x c - -o /dev/null 2>/dev/null
        ;;
    h:*) echo "#include <${1#*:}>" | gcc -E - >/dev/null 2>&1 ;;
    esac
}

missing_of() {
    for part in "$@"; do
        for requirement in $(requirements_of "$part"); do
            is_there "${requirement#*=}" || printf '%s ' "${requirement%%=*}"
        done
    done
}

# The package names are those of these two systems.
is_known_system() {
    [ -r /etc/os-release ] || return 1
    # shellcheck source=/dev/null
    system=$(. /etc/os-release && echo "$ID $VERSION_ID")
    [ "$system" = "debian 12" ] || [ "$system" = "ubuntu 24.04" ]
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

stop() {
    echo "$*" >&2
    exit 1
}

install_packages() {
    is_known_system ||
        stop "Missing: $*
These are the names of Debian 12 and Ubuntu 24.04. Please install their" \
            "like on this system, then run this again."
    command -v apt-get >/dev/null 2>&1 || stop "Missing: $* (and apt-get)"
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null 2>&1 ||
        stop "Missing: $*
Please install them as root, or install sudo, then run this again."
    echo "Installing: $*"
    said=$(as_root apt-get -qq update 2>&1) &&
        said=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
            -o Dpkg::Use-Pty=0 install --no-install-recommends --yes "$@" \
            2>&1 </dev/null) ||
        stop "$said
apt-get could not install: $*"
}

# meson 1.0 is the oldest that the build files are written for.
check_meson() {
    version=$(meson --version)
    case $version in
    0.*) stop "Missing: meson 1.0 or newer (here: $version)" ;;
    esac
}

prepare() {
    missing=$(missing_of "$@")
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086  # a list of words
        install_packages $missing
        missing=$(missing_of "$@")
        [ -z "$missing" ] || stop "Missing, though installed: $missing"
    fi
    check_meson
}

# Configures build folder $1 with the meson options that follow.  One that
# another version of meson or a tree at another place left behind is made anew.
configure() {
    folder=$1
    shift
    if [ -d "$folder/meson-private" ]; then
        meson setup --reconfigure "$folder" "$@" >/dev/null 2>&1 && return
        rm -rf "$folder"
    fi
    said=$(meson setup "$folder" "$@" 2>&1) && return
    echo "$said"
    return 1
}

seconds() {
    date +%s
}
