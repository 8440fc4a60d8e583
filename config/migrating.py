"""Migrating an empty database in seconds: what Django knows of the models between two operations is made cheaper.

Before each operation Django makes classes of the models as they are then. With every change to one model it makes the
classes of all that are related to it anew, and here every model is related to its site: that was most of an
installation's first minute. A column, an index or a constraint needs the class of its own model, so no other is made;
where a column is removed or something renamed, and for code that is given the models, all are made anew.

The outcome is the same to the letter: `tests/config/test_migrating.py` compares it with Django's own. A database
that has tables already is migrated as Django does it: few operations are left, and they may meet data.
"""

from __future__ import annotations

from typing import Any, Self

from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class GrowingState(ProjectState):
    """The models between two operations, of which few take away what others refer to."""

    @classmethod
    def of(cls, state: ProjectState) -> Self:
        """Return a state as one of these."""
        found = cls(state.models, state.real_apps)
        found.is_delayed = state.is_delayed
        if "apps" in state.__dict__:
            found.apps = state.apps
        return found

    def clone(self) -> Self:
        return self.of(super().clone())

    def reload_model(self, app_label: str, model_name: str, *_args: Any, **_options: Any) -> None:
        """Make the class of this model anew, and of no other."""
        if "apps" in self.__dict__:
            self._reload({(app_label, model_name)})  # type: ignore[attr-defined]  # Django's own, not in its stubs
            self.is_delayed = True  # code that is given the models has all of them made anew

    def reload_models(self, *_models: Any, **_options: Any) -> None:
        """Forget all classes, to be made when they are asked for."""
        self.__dict__.pop("apps", None)

    def remove_field(self, *args: Any, **options: Any) -> None:
        super().remove_field(*args, **options)
        self.reload_models()

    def rename_field(self, *args: Any, **options: Any) -> None:
        super().rename_field(*args, **options)
        self.reload_models()


class QuickExecutor(MigrationExecutor):
    """Carries out migrations, on an empty database with less ado."""

    def _create_project_state(self, *args: Any, **options: Any) -> ProjectState:
        state: ProjectState = super()._create_project_state(*args, **options)  # type: ignore[misc]  # not in the stubs
        return state if self.loader.applied_migrations else GrowingState.of(state)
