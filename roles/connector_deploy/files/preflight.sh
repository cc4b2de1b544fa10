# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What an installation needs to know of a Linux host before it touches anything, in one round trip; changes nothing.
# Prints key=value lines.
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/sbin

free_mb() {
    folder=$1
    while [ ! -d "$folder" ]; do
        folder=${folder%/*}
        [ -n "$folder" ] || folder=/
    done
    df -Pm "$folder" | sed 1d | while read -r _ _ _ free _; do
        echo "$free"
        break
    done
}
echo "opt_mb=$(free_mb /opt/cisco/amp)"
echo "tmp_mb=$(free_mb "${TMPDIR:-/tmp}")"

# Which of the two the connector needs depends on its version.
if [ -e /sys/kernel/btf/vmlinux ]; then
    echo kernel_btf=1
fi
if [ -e "/lib/modules/$(uname -r)/build" ]; then
    echo kernel_headers=1
fi
echo "kernel_release=$(uname -r)"

# Which package manager there is, and whether Ansible's module for it has its bindings.
for each in dnf yum zypper apt-get; do
    if command -v $each >/dev/null 2>&1; then
        echo "manager=$each"
        break
    fi
done
for python in /usr/libexec/platform-python /usr/bin/python3 /usr/bin/python2; do
    if [ -x $python ]; then
        $python -c 'import dnf' 2>/dev/null && echo dnf_bindings=1
        $python -c 'import apt' 2>/dev/null && echo apt_bindings=1
    fi
done
# A package that is held must not change; a package cache that was never filled finds no dependencies.
case $(dpkg-query -W -f='${Status}' ciscoampconnector 2>/dev/null) in
hold\ *) echo "held=apt-mark unhold ciscoampconnector" ;;
esac
if command -v rpm >/dev/null 2>&1 && rpm -q ciscoampconnector >/dev/null 2>&1; then
    for each in /etc/dnf/plugins/versionlock.list /etc/yum/pluginconf.d/versionlock.list; do
        if grep -q '^[^#!]*ciscoampconnector' "$each" 2>/dev/null; then
            case $each in
            */dnf/*) echo "held=dnf versionlock delete ciscoampconnector" ;;
            *) echo "held=yum versionlock delete ciscoampconnector" ;;
            esac
        fi
    done
    if grep -q '^solvable_name: *ciscoampconnector *$' /etc/zypp/locks 2>/dev/null; then
        echo "held=zypper removelock ciscoampconnector"
    fi
fi
if command -v apt-get >/dev/null 2>&1 && ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
    echo apt_lists_empty=1
fi
for each in debsig-verify rpmkeys timeout; do
    if command -v $each >/dev/null 2>&1; then
        echo "has_$(echo $each | tr - _)=1"
    fi
done
exit 0
