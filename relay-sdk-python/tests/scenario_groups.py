"""Steps of the scenario table about work groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conftest import eventually
from relay_sdk import Groups

Step = dict[str, Any]


class GroupSteps:
    """Mixed into the runner, which knows the agents."""

    _agent: Callable[[Step], Any]
    _name: Callable[[str, Step], str]
    _expect: Callable[[Step, Callable[[], object]], None]

    def _do_join_group(self, step: Step) -> None:
        self._on(step, self._agent(step).relay.groups(), lambda groups, group: groups.join(group))

    def _do_leave_group(self, step: Step) -> None:
        self._on(step, self._agent(step).relay.groups(), lambda groups, group: groups.leave(group))

    def _do_add_group(self, step: Step) -> None:
        self._on(step, self._agent(step).relay.groups(), lambda groups, group: groups.add(group))

    def _do_expect_groups(self, step: Step) -> None:
        found = [row["group"] for row in self._agent(step).relay.groups().list()]
        assert [name for name in found if name.startswith(self._name("", {}))] == [self._name(n, {}) for n in step["names"]]

    def _do_expect_group(self, step: Step) -> None:
        def is_so(groups: Groups, group: str) -> bool:
            row = groups.get(group)
            members = [member["name"] for member in row["members"]]
            shares = [member["partitions"] for member in row["members"]]
            wanted = [self._name(member, {}) for member in step["members"]]
            return (members, shares, row["queued"]) == (wanted, step["shares"], step.get("queued", 0))

        self._on(
            step, self._agent(step).relay.groups(), lambda groups, group: eventually(lambda: is_so(groups, group), f"{step}")
        )

    def _do_expect_partition(self, step: Step) -> None:
        def is_so(groups: Groups, group: str) -> bool:
            row = groups.partition(group, step["key"])
            return (row["owner"], row["epoch"]) == (self._name(step["owner"], {}), step["epoch"])

        self._on(
            step, self._agent(step).relay.groups(), lambda groups, group: eventually(lambda: is_so(groups, group), f"{step}")
        )

    def _on(self, step: Step, groups: Groups, action: Callable[[Groups, str], object]) -> None:
        self._expect(step, lambda: action(groups, self._name(step["group"], step)))
