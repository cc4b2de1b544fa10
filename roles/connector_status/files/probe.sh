# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Everything connector_status wants to know of a Linux or macOS host, in one round trip; changes nothing.
# POSIX sh, also for RHEL 6. Prints key=value lines, which module_utils/_connector/probe.py reads.
# Only root can read it all: for another user it prints the system and the uid and ends, so that the role asks again as root.
# Arguments: seconds for ampcli; what to wait for (running, stopped, registered, or nothing) and for how many seconds at most;
# how many seconds ago an installation began, which starts the connector anew.
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/sbin
program='' orbital='' limit=$1 await=$2 await_seconds=$3 since=$4 system=$(uname -s)

os_release() {
    sed -n "s/^$1=[\"']\{0,1\}\([A-Za-z0-9._-]\{1,40\}\)[\"']\{0,1\}\$/\1/p" /etc/os-release 2>/dev/null | tail -n 1
}

echo "system=$system"
echo "machine=$(uname -m)"
echo "os_id=$(os_release ID)"
echo "os_version=$(os_release VERSION_ID)"

# The folders of ampdaemon and of local.xml, joined by colons.
global_dir=/opt/cisco/amp/etc
case $system in
Linux)
    bins=/opt/cisco/amp/bin
    local_dirs=$global_dir
    ;;
Darwin)
    bins=/opt/cisco/amp:/opt/cisco/amp/bin
    local_dirs="/Library/Application Support/Cisco/Secure Endpoint:/Library/Application Support/Cisco/AMP for Endpoints Connector"
    ;;
*) exit 0 ;;
esac

# Who asks is asked now: facts may be those of another play, which asked as somebody else.
echo "uid=$(id -u)"
if [ "$(id -u)" -ne 0 ]; then
    exit 0
fi
echo probe=1

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

if command -v systemctl >/dev/null 2>&1; then
    manager=systemd service=cisco-amp generation=current
elif command -v initctl >/dev/null 2>&1; then
    manager=initctl service=cisco-amp generation=legacy
elif command -v launchctl >/dev/null 2>&1; then
    manager=launchd service=com.cisco.amp.daemon generation=legacy
else
    manager='' service=cisco-amp generation=current
fi
echo "service_manager=$manager"
echo "service=$service"

bin='' local_dir=''
old_ifs=$IFS
IFS=:
for each in $bins; do
    if [ -z "$bin" ] && [ -f "$each/ampdaemon" ]; then
        bin=$each program=1
    fi
done
for each in $bins; do
    if [ -z "$bin" ] && [ -f "$each/ampcli" ]; then
        bin=$each
    fi
done
for each in $local_dirs; do
    if [ -z "$local_dir" ] || [ ! -e "$local_dir/local.xml" ]; then
        local_dir=$each
    fi
done
IFS=$old_ifs

# macOS: the application folder tells the generation. Since 1.14 the program is an application of that folder, not ampdaemon.
# Receipts tell nothing: an uninstaller and the rename leave them behind.
if [ "$manager" = launchd ]; then
    application=''
    for each in "Cisco AMP" "Cisco AMP for Endpoints" "Cisco Secure Endpoint"; do
        if [ -n "$(ls -A "/Applications/$each" 2>/dev/null)" ]; then
            application=/Applications/$each
            case $each in
            "Cisco AMP") generation=legacy ;;
            "Cisco AMP for Endpoints") generation=amp_for_endpoints ;;
            *) generation=current ;;
            esac
        fi
    done
    echo "application=$application"
    for each in "$application"/*" Service.app/Contents/MacOS/"*; do
        if [ -f "$each" ]; then
            program=1 bin=${bin:-/opt/cisco/amp}
        fi
    done
    echo "extensions=$(systemextensionsctl list 2>/dev/null | base64 | tr -d '\n\r')"
fi
echo "generation=$generation"
if [ -n "$program" ]; then
    echo program_file=1
    echo "install_dir=${bin%/bin}"
    echo "bin_dir=$bin"
fi

# comm is a whole path on macOS.
process_pid() {
    ps -e -o pid= -o comm= | while read -r pid comm; do
        case $comm in
        ampdaemon | */ampdaemon | *"/AMP for Endpoints Service" | *"/Secure Endpoint Service")
            echo "$pid"
            break
            ;;
        esac
    done
}

# Running is the service manager's word: a process of that name may be a container's, or one that is left over.
connector_pid() {
    case $manager in
    systemd) systemctl show -p MainPID "$service.service" 2>/dev/null | sed -n 's/^MainPID=\([1-9][0-9]*\)$/\1/p' ;;
    initctl) initctl status "$service" 2>/dev/null | sed -n 's/.*start\/running, process \([0-9][0-9]*\).*/\1/p' ;;
    launchd)
        if printed=$(launchctl print "system/$service" 2>/dev/null); then
            # The first state is the service's own.
            if [ "$(echo "$printed" | sed -n 's/^[[:space:]]*state = //p' | head -n 1)" = running ]; then
                echo "$printed" | sed -n 's/^[[:space:]]*pid = //p' | head -n 1
            fi
        else
            process_pid
        fi
        ;;
    *) process_pid ;;
    esac
}

# Running means that one process lasts for five looks, a second apart: a service that dies after its start does not run.
# A process of the new installation that has lasted for five seconds needs no looks. What is not installed will not run,
# however long one waits.
lasts() {
    age=$(ps -o etimes= -p "$1" 2>/dev/null | tr -d ' ')
    case $age in
    '' | *[!0-9]*) return 1 ;;
    esac
    [ "$age" -ge 5 ] && [ "$age" -le "$since" ]
}
if [ -n "$await" ]; then
    seen=0 before='' awaited=timeout
    [ "$await" = stopped ] || [ -n "$program" ] || awaited=absent
    while [ $awaited = timeout ] && [ "$await_seconds" -gt 0 ]; do
        pid=$(connector_pid)
        if [ "$await" = registered ]; then
            tr -d '\n\r' <"$local_dir/local.xml" 2>/dev/null | sed -n 's/.*<agent>\(.*\)<\/agent>.*/\1/p' |
                grep -q '<uuid>[^<]*[0-9a-fA-F]' && seen=5
        elif [ "$await" = stopped ]; then
            [ -z "$pid" ] && seen=5
        elif [ -n "$pid" ] && lasts "$pid"; then
            seen=5
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
pid=$(connector_pid)
echo "pid=$pid"
if [ -z "$pid" ]; then
    echo "process=$(process_pid)"
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
    orbital=$(dpkg-query -W -f='${Status} ${Version}' cisco-orbital 2>/dev/null | sed -n 's/^.* installed //p')
elif command -v rpm >/dev/null 2>&1; then
    versions=$(rpm -q --qf '%{VERSION}-%{RELEASE}\n' ciscoampconnector 2>/dev/null) && {
        echo package_name=ciscoampconnector
        echo "package=$(echo "$versions" | tail -n 1)"
        # An upgrade that was cut off leaves the old version registered beside the new one.
        [ "$(echo "$versions" | wc -l)" -eq 1 ] || echo "package_state=registered $(echo "$versions" | wc -l) times"
    }
    orbital=$(rpm -q --qf '%{VERSION}-%{RELEASE}\n' cisco-orbital 2>/dev/null) || orbital=''
fi
# Orbital is a package and a service of its own, which the connector installs and does not remove.
if [ -n "$orbital" ]; then
    echo "orbital=$(echo "$orbital" | tail -n 1)"
    [ "$manager" != systemd ] || echo "orbital_state=$(systemctl is-active cisco-orbital.service 2>/dev/null)"
fi

# Some builds for macOS have ampcli beside the folder of ampdaemon.
if [ -n "$bin" ] && [ ! -x "$bin/ampcli" ] && [ -x "${bin%/bin}/ampcli" ]; then
    bin=${bin%/bin}
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

# What an installation or a removal needs to know; files are looked at instead of starting a Python for each library.
free_mb() {
    folder=$1
    while [ ! -d "$folder" ]; do
        folder=${folder%/*}
        [ -n "$folder" ] || folder=/
    done
    df -Pk "$folder" | sed 1d | while read -r _ _ _ free _; do
        echo $((free / 1024))
        break
    done
}
echo "opt_mb=$(free_mb /opt/cisco/amp)"
echo "tmp_mb=$(free_mb "${TMPDIR:-/tmp}")"
echo "kernel_release=$(uname -r)"
if [ -e /sys/kernel/btf/vmlinux ]; then
    echo kernel_btf=1
fi
if [ -e "/lib/modules/$(uname -r)/build" ]; then
    echo kernel_headers=1
fi
for each in dnf yum zypper apt-get; do
    if command -v $each >/dev/null 2>&1; then
        echo "manager=$each"
        break
    fi
done
for each in /usr/lib/python3/dist-packages /usr/lib*/python[23].*/site-packages; do
    [ ! -d "$each/apt" ] || echo apt_bindings=1
    [ ! -d "$each/dnf" ] || echo dnf_bindings=1
done
for each in debsig-verify rpmkeys; do
    if command -v $each >/dev/null 2>&1; then
        echo "has_$(echo $each | tr - _)=1"
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
    sed -n 's/^solvable_name: *//p' /etc/zypp/locks 2>/dev/null | while read -r pattern; do
        # shellcheck disable=SC2194,SC2254 # a lock of zypper may be a pattern
        case ciscoampconnector in
        *[!A-Za-z0-9*?._+-]*) ;;
        $pattern) echo "held=zypper removelock '$pattern'" ;;
        esac
    done
fi
if command -v apt-get >/dev/null 2>&1 && ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
    echo apt_lists_empty=1
fi
# macOS: the kinds of settings that device management has installed; nothing where it cannot say.
if [ "$manager" = launchd ] && installed=$(profiles show -type configuration -output stdout-xml 2>/dev/null); then
    echo "profiles=$(echo "$installed" | sed -n 's/.*>\(com\.apple\.[A-Za-z.-]*\)<.*/\1/p' | sort -u | tr '\n' ' ')"
fi

echo "global_xml=$(file_of "$global_dir/global.xml")"
echo "local_dir=$local_dir"
echo "local_xml=$(file_of "$local_dir/local.xml")"
echo end=1
