# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Put a package into a folder that only root can read, then check there who signed it. Prints `folder=PATH`, `staged=1`, and
# what the check says; ends with its exit code.
# Arguments: rpm|deb; the package as it was copied, and its SHA-256 (both empty where FOLDER holds it already); FOLDER, empty for
# a new one; the text of check_signature.sh (empty: no check), and its arguments after the package.
LC_ALL=C
export LC_ALL
umask 077
kind=$1 copied=$2 sha256=$3 folder=$4 check=$5
shift 5
folder=${folder:-$(mktemp -d "${TMPDIR:-/tmp}/ampops.XXXXXXXX")} || exit 1
echo "folder=$folder"
package=$folder/connector.$kind
if [ -n "$copied" ]; then
    cp "$copied" "$package" || exit 1
    rm -f "$copied"
    if ! echo "$sha256  $package" | sha256sum -c - >/dev/null 2>&1; then
        echo "it came with another SHA-256 than it has on the controller" >&2
        exit 1
    fi
fi
echo staged=1
[ -z "$check" ] || exec /bin/sh -c "$check" check_signature "$kind" "$folder" "$package" "$@"
