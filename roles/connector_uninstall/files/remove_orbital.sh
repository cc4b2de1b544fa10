# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Removes the package of Orbital by the package manager there is. POSIX sh, also for RHEL 6.
# Arguments: remove, or anything else to do nothing (check mode); seconds to wait for the lock; seconds for the whole.
[ "$1" = remove ] || exit 0
LC_ALL=C DEBIAN_FRONTEND=noninteractive ZYPP_LOCK_TIMEOUT=$2
export LC_ALL DEBIAN_FRONTEND ZYPP_LOCK_TIMEOUT
PATH=$PATH:/usr/sbin:/sbin
if command -v apt-get >/dev/null 2>&1; then
    exec timeout "$3" apt-get -y -o "DPkg::Lock::Timeout=$2" purge cisco-orbital
elif command -v zypper >/dev/null 2>&1; then
    exec timeout "$3" zypper --non-interactive remove cisco-orbital
elif command -v dnf >/dev/null 2>&1; then
    exec timeout "$3" dnf -y remove cisco-orbital
fi
exec timeout "$3" yum -y remove cisco-orbital
