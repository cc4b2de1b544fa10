# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# The collection under the path that Ansible asks for is a link to this checkout: nothing is copied, nothing goes stale.
COLLECTION_LINK := .cache/collections/ansible_collections/ampops/secure_endpoint
$(COLLECTION_LINK):
	mkdir -p $(@D)
	ln -sfn ../../../.. $@
