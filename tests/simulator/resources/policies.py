# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/policies, and how policies are shown elsewhere (api-contract 10)."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Blueprint, Response

from ..cloud import cloud
from ..tenant.policies import Policy
from ..web.envelope import Problem, answer, host_url
from ..web.paging import paged
from ..web.parameters import Query, path_guid

blueprint = Blueprint("policies", __name__)
NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"


@blueprint.get("/v1/policies")
def list_policies() -> Response:
    """Policies by product and name."""
    query = Query("product", "name")
    products = query.many("product")
    wanted = query.words("name", "name_filter")
    found = [one for one in cloud().tenant.policies.values() if wanted(one.name)]
    return paged([one for one in found if not products or one.product in products], query, listed)


@blueprint.get("/v1/policies/<guid>.xml")
def show_policy_xml(guid: str) -> Response:
    """Answer with the policy as connectors read it."""
    Query(paged=False)
    return Response(_xml(_find(guid)), content_type="application/xml; charset=utf-8")


@blueprint.get("/v1/policies/<guid>")
def show_policy(guid: str) -> Response:
    """One policy with the lists it holds and the groups that use it."""
    Query(paged=False)
    return answer(shown(_find(guid)))


def _find(guid: str) -> Policy:
    policy = cloud().tenant.policies.get(path_guid(guid, "Policy"))
    if policy is None:
        raise Problem(cloud().switches["not_found_status"], "Policy not found")
    return policy


def listed(policy: Policy) -> dict[str, Any]:
    """Return a policy as lists show it."""
    return {
        "name": policy.name,
        "description": policy.description,
        "guid": policy.guid,
        "product": policy.product,
        "default": policy.default,
        "serial_number": policy.serial_number,
        "links": {"policy": f"{host_url()}/v1/policies/{policy.guid}"},
    }


def shown(policy: Policy) -> dict[str, Any]:
    """Return a policy with the lists it holds and the groups that use it."""
    tenant = cloud().tenant
    url = f"{host_url()}/v1/policies/{policy.guid}"
    whole = {
        **listed(policy),
        "links": {"policy_xml": f"{url}.xml", "policy": url},
        "file_lists": [
            {"name": one.name, "guid": one.guid, "type": one.type}
            for one in (tenant.file_lists[guid] for guid in policy.file_lists)
        ],
        "ip_lists": [],
        "isolation_ip_lists": [],
        "used_in_groups": [
            {"name": group.name, "description": group.description, "guid": group.guid}
            for group in tenant.groups.values()
            if group.policies.get(policy.product) == policy.guid
        ],
    }
    if policy.product == "windows":  # recorded on some products only
        whole["exclusion_sets"] = [{"name": "Microsoft Windows Default", "guid": tenant.exclusion_set_guid}]
    return whole


def _xml(policy: Policy) -> str:
    """Return the parts of the XML that public tools read; qaction 0 is audit mode, 1 quarantines."""
    root = Element("Signature", {"xmlns": NAMESPACE})
    config = SubElement(SubElement(root, "Object"), "config")
    values = {
        "janus/policy/name": policy.name,
        "janus/policy/uuid": policy.guid,
        "janus/policy/serial_number": str(policy.serial_number),
        "janus/business/uuid": cloud().tenant.business_guid,
        "agent/endpointisolation/enable": str(int(policy.isolation)),
        "agent/driver/protmode/file": "1",
        "agent/driver/protmode/qaction": "0" if policy.mode == "audit" else "1",
        "orbital/enablemsi": str(int(policy.mode == "protect")),
    }
    for path, value in values.items():
        element = config
        for name in path.split("/"):
            found = element.find(name)
            element = found if found is not None else SubElement(element, name)
        element.text = value
    return tostring(root, encoding="unicode", xml_declaration=True)
