#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Starts a simulated tenant, runs the demo playbook against it and stops the tenant again. Called by `make demo`.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$checkout/.venv/bin
work=$(mktemp -d)
simulator=

stop() {
  status=$?
  if [ -n "$simulator" ]; then
    kill "$simulator" 2>/dev/null || true
    wait "$simulator" || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap stop EXIT

echo "Starting a simulated tenant: the cloud API over HTTPS and a RabbitMQ of its own over TLS ..."
PYTHONPATH=$checkout/tests:$checkout/plugins/module_utils "$bin/python" -m simulator \
  --state-dir "$work/simulator" --env-file "$work/tenant.env" >"$work/simulator.log" 2>&1 &
simulator=$!
until [ -s "$work/tenant.env" ]; do
  kill -0 "$simulator" 2>/dev/null || { cat "$work/simulator.log" >&2; exit 1; }
  sleep 0.1
done
set -a
# shellcheck source=/dev/null
. "$work/tenant.env"
set +a

cd "$work" # no ansible.cfg of the caller's
ANSIBLE_COLLECTIONS_PATH=$checkout/.cache/collections ANSIBLE_LOCALHOST_WARNING=false \
ANSIBLE_INVENTORY_UNPARSED_WARNING=false ANSIBLE_CALLBACK_RESULT_FORMAT=yaml \
  "$bin/ansible-playbook" ampops.secure_endpoint.demo \
  -e '{"demo_groups": ["Protect", "Field Sales", "Branch South", "Triage"]}' \
  -e "demo_dir=$work/demo" -e "ansible_python_interpreter=$bin/python"
