# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of what may be split, as somebody else may have left it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import StoreError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.splits import FILE_NAME, Splits


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "1",
        "null",
        '{"spans": 1}',
        '{"spans": [1]}',
        '{"spans": [[1]]}',
        '{"held": []}',
        '{"held": {"a": null}}',
    ],
)
def test_a_file_of_another_shape_is_reported_with_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(StoreError, match=r"partitions[.]json: cannot be read: .*Remove it"):
        Splits(tmp_path)


def test_it_reads_what_it_wrote(tmp_path: Path) -> None:
    splits = Splits(tmp_path)
    splits.held["by_computer.00"] = 7
    splits.add(1, 2)
    assert Splits(tmp_path).held == {"by_computer.00": 7}
