# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Everything connector_status wants to know of a Linux or macOS host, in one round trip; changes nothing.
# POSIX sh, also for RHEL 6. Prints key=value lines, which module_utils/_connector/probe.py reads.
# Arguments: folders for ampdaemon, joined by colons; folder of global.xml; folders for local.xml, joined by colons; seconds
# for ampcli; what to wait for (running, stopped, or nothing) and for how many seconds at most.
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/sbin
bins=$1 global_dir=$2 local_dirs=$3 limit=$4 await=$5 await_seconds=$6
echo probe=1
echo "machine=$(uname -m)"

file_of() {
    if [ ! -e "$1" ]; then
        echo missing
    elif [ ! -f "$1" ] || [ ! -r "$1" ]; then
        echo unreadable
    elif [ "$(wc -c <"$1")" -gt 1048576 ]; then
        echo too_large
    elif [ ! -s "$1" ]; then
        echo empty
    else
        base64 <"$1" | tr -d '\n\r'
    fi
}

bin=''
old_ifs=$IFS
IFS=:
for each in $bins; do
    if [ -z "$bin" ] && [ -f "$each/ampdaemon" ]; then
        bin=$each
    fi
done
local_dir=''
for each in $local_dirs; do
    if [ -z "$local_dir" ] || [ ! -e "$local_dir/local.xml" ]; then
        local_dir=$each
    fi
done
IFS=$old_ifs
if [ -n "$bin" ]; then
    echo daemon_file=1
    echo "install_dir=${bin%/bin}"
    echo "bin_dir=$bin"
fi

# comm is a whole path on macOS.
daemon_pid() {
    ps -e -o pid= -o comm= | while read -r pid comm; do
        case $comm in
        ampdaemon | */ampdaemon)
            echo "$pid"
            break
            ;;
        esac
    done
}

# Running means that one process lasts for five looks, a second apart: a service that dies after its start does not run.
# What is not installed will not run, however long one waits.
if [ -n "$await" ]; then
    seen=0 before='' awaited=timeout
    [ "$await" = stopped ] || [ -n "$bin" ] || awaited=absent
    while [ $awaited = timeout ] && [ "$await_seconds" -gt 0 ]; do
        pid=$(daemon_pid)
        if [ "$await" = stopped ]; then
            [ -z "$pid" ] && seen=5
        elif [ -n "$pid" ] && [ "$pid" = "$before" ]; then
            seen=$((seen + 1))
        else
            seen=0
        fi
        if [ "$seen" -ge 5 ]; then
            awaited=reached
            break
        fi
        before=$pid
        await_seconds=$((await_seconds - 1))
        sleep 1
    done
    echo "await=$await"
    echo "awaited=$awaited"
fi
echo "pid=$(daemon_pid)"

if command -v systemctl >/dev/null 2>&1; then
    echo service=cisco-amp
    echo generation=current
    echo service_manager=systemd
    echo "service_state=$(systemctl show -p ActiveState cisco-amp.service 2>/dev/null | cut -d= -f2)"
elif command -v initctl >/dev/null 2>&1; then
    echo service=cisco-amp
    echo generation=legacy
    echo service_manager=initctl
elif command -v launchctl >/dev/null 2>&1; then
    application=''
    echo service=com.cisco.amp.daemon
    echo service_manager=launchd
    # Receipts tell nothing: an uninstaller and the rename leave them behind.
    for each in "/Applications/Cisco AMP" "/Applications/Cisco Secure Endpoint"; do
        if [ -n "$(ls -A "$each" 2>/dev/null)" ]; then
            application=$each
        fi
    done
    echo "application=$application"
    case $application in
    */"Cisco Secure Endpoint") echo generation=current ;;
    *) echo generation=legacy ;;
    esac
    echo "extension=$(systemextensionsctl list 2>/dev/null | grep 'com\.cisco\.endpoint\.' | tail -n 1 | sed 's/.*\[\(.*\)\].*/\1/')"
fi

if command -v dpkg-query >/dev/null 2>&1; then
    state=$(dpkg-query -W -f='${Status}' ciscoampconnector 2>/dev/null | cut -d' ' -f3)
    case $state in
    '' | not-installed | config-files) ;;
    *)
        echo package_name=ciscoampconnector
        echo "package=$(dpkg-query -W -f='${Version}' ciscoampconnector)"
        echo "package_state=$state"
        ;;
    esac
elif command -v rpm >/dev/null 2>&1; then
    versions=$(rpm -q --qf '%{VERSION}-%{RELEASE}\n' ciscoampconnector 2>/dev/null) && {
        echo package_name=ciscoampconnector
        echo "package=$(echo "$versions" | tail -n 1)"
        # An upgrade that was cut off leaves the old version registered beside the new one.
        [ "$(echo "$versions" | wc -l)" -eq 1 ] || echo "package_state=registered $(echo "$versions" | wc -l) times"
    }
fi

if [ -n "$bin" ] && [ -x "$bin/ampcli" ]; then
    if command -v timeout >/dev/null 2>&1; then
        answer=$(timeout "$limit" "$bin/ampcli" status </dev/null 2>&1)
    else
        answer=$("$bin/ampcli" status </dev/null 2>&1)
    fi
    echo "ampcli_rc=$?"
    echo "ampcli_status=$(printf '%s' "$answer" | head -c 20000 | base64 | tr -d '\n\r')"
fi

echo "global_xml=$(file_of "$global_dir/global.xml")"
echo "local_dir=$local_dir"
echo "local_xml=$(file_of "$local_dir/local.xml")"
echo end=1
