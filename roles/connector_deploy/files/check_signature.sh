# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Check a package against one key, in a keyring below FOLDER that holds this key and no other; says what the tool says.
# Arguments: rpm|deb, FOLDER, PACKAGE, key in base64; for a deb also its policy in base64, the key's id, the keyring's name.
LC_ALL=C
export LC_ALL
umask 077
kind=$1 folder=$2 package=$3 key=$4 policy=$5 key_id=$6 keyring=$7

if [ "$kind" = rpm ]; then
    printf '%s' "$key" | base64 -d >"$folder/signer.key"
    mkdir "$folder/keyring"
    rpmkeys=$(command -v rpmkeys || command -v rpm)
    "$rpmkeys" --dbpath "$folder/keyring" --import "$folder/signer.key" || exit 1
    "$rpmkeys" --dbpath "$folder/keyring" --checksig "$package"
else
    mkdir -p "$folder/policies/$key_id" "$folder/keyrings/$key_id"
    printf '%s' "$policy" | base64 -d >"$folder/policies/$key_id/signer.pol"
    printf '%s' "$key" | base64 -d >"$folder/keyrings/$key_id/$keyring"
    debsig-verify --policies-dir "$folder/policies" --keyrings-dir "$folder/keyrings" "$package"
fi
