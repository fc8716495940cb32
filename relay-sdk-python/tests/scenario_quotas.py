"""Steps of the scenario table about quotas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay_sdk import Quota

Step = dict[str, Any]


class QuotaSteps:
    """Mixed into the runner, which knows the agents."""

    _agent: Callable[[Step], Any]
    _name: Callable[[str, Step], str]
    _expect: Callable[[Step, Callable[[], object]], None]

    def _do_set_quota(self, step: Step) -> None:
        relay, of = self._agent(step).relay, self._name(step["of"], step)
        self._expect(step, lambda: relay.quotas().set(of, Quota(**step["quota"])))

    def _do_expect_quota(self, step: Step) -> None:
        found = self._agent(step).relay.quotas().list()
        assert found.get(self._name(step["of"], step), Quota()) == Quota(**step["quota"])
