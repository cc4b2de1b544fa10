# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# RHEL 6: fetch, check and install a package without Python, from a folder that only root can read and that is always removed.
# Arguments: URL, allowed hosts joined by spaces, SHA-256 or waived, key in base64 or nothing, verb of yum, seconds, script
# that checks signatures, proxy or nothing. Ends with 0, or says on standard error what was wrong.
umask 077
url=$1 allowed=$2 sha256=$3 key=$4 verb=$5 seconds=$6 check=$7 proxy=$8
folder=$(mktemp -d /tmp/ampops.XXXXXXXX) || exit 1
trap 'rm -rf "$folder"' 0
package=$folder/connector.rpm

wrong() {
    echo "$1" >&2
    exit 1
}

# The URL reaches curl by its configuration, not by its arguments. Prints the status and where a redirect points to.
get() {
    {
        printf 'url = "%s"\n' "$1"
        [ -z "$proxy" ] || printf 'proxy = "%s"\n' "$proxy"
    } | curl --config - --silent --proto =https --max-redirs 0 --connect-timeout 60 \
        --output "$package" --write-out '%{http_code} %{redirect_url}'
}

host_of() {
    rest=${1#https://}
    rest=${rest%%/*}
    echo "${rest%%:*}"
}

answer=$(get "$url")
case ${answer%% *} in
301 | 302 | 303 | 307 | 308)
    place=${answer#* }
    case " $allowed $(host_of "$url") " in
    *" $(host_of "$place") "*) answer=$(get "$place") ;;
    *) wrong "the server points (${answer%% *}) to a host that connector_deploy_allowed_hosts does not name" ;;
    esac
    ;;
esac
[ "${answer%% *}" = 200 ] || wrong "the installer could not be fetched: the server answered ${answer%% *}"
[ "$sha256" = waived ] || [ "$(sha256sum <"$package" | cut -d' ' -f1)" = "$sha256" ] ||
    wrong "the installer has another SHA-256 than the manifest says"

if [ -n "$key" ]; then
    said=$(sh -c "$check" check_signature rpm "$folder" "$package" "$key" 2>&1) || wrong "the package is not signed by the given key"
    case $said in
    *"NOT OK"* | *NOKEY* | *MISSING*) wrong "the package is not signed by the given key" ;;
    *signatures*OK* | *pgp*OK* | *gpg*OK* | *rsa*OK* | *dsa*OK*) ;;
    *) wrong "the package is not signed" ;;
    esac
fi

timeout "$seconds" yum -y --nogpgcheck "$verb" "$package" >"$folder/log" 2>&1
code=$?
[ $code = 124 ] && wrong "the package manager did not end within $seconds seconds and was stopped"
[ $code = 0 ] || wrong "yum ended with $code: $(tail -n 5 "$folder/log")"
