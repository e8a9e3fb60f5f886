"""What a person may know of the runs: all of it, or only what concerns the schools of his calendar rights."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from district.choices import Right
from district.rights import SYNC_LOG, rights_of

from ..access import only_visible, visible_entries
from ..models import SyncLogEntry, SyncRun, SyncRunCount


@dataclass(frozen=True)
class Scope:
    """A person's view of the runs. Readers of single schools see rows and counts of their schools only."""

    user: object

    @property
    def all_schools(self) -> bool:
        return rights_of(self.user).all_schools

    @property
    def empty(self) -> bool:
        """Whether his calendar rights name no school at all."""
        return not self.all_schools and not rights_of(self.user).schools

    @property
    def decides(self) -> bool:
        """Whether he may confirm and discard held runs: the right Write, and all schools (contract: Rights)."""
        return self.all_schools and rights_of(self.user).holds(SYNC_LOG, Right.WRITE)

    def runs(self) -> QuerySet[SyncRun]:
        """Runs are no secret to whoever has a school; what they did elsewhere is."""
        runs = SyncRun.objects.select_related("district")
        return runs.none() if self.empty else runs

    def counts(self) -> QuerySet[SyncRunCount]:
        return only_visible(self.user, SyncRunCount.objects.all())

    def entries(self) -> QuerySet[SyncLogEntry]:
        return visible_entries(self.user)
