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
for each in debsig-verify rpmkeys timeout; do
    if command -v $each >/dev/null 2>&1; then
        echo "has_$(echo $each | tr - _)=1"
    fi
done
exit 0
