"""The dialogue: steps, each of which asks about a Spec and gives a new one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial

from devbox.detect.findings import Conflict
from devbox.spec.model import Part, Spec
from devbox.wizard import other_questions, stack_questions, words
from devbox.wizard.context import Context
from devbox.wizard.screen import Back, Place

_SIZE = ("machine.cpus", "machine.memory", "machine.disk")


@dataclass(frozen=True)
class Step:
    """One place in the dialogue.

    Attributes:
        title: its name in the review.
        ask: asks, and returns the Spec with the answer in it.
        show: says in words what the present answer is; None if it is no answer of the file.
        answers: the keys of devbox.yml that it answers; when one of them, or what holds it or is
            within it, has been answered already, the step is left out.
        asks: whether there is anything to ask; other steps are passed over on the way back, too.
        only_in_review: whether its usual answer will do, so that it is asked only from the review.
    """

    title: str
    ask: Callable[[Spec], Spec]
    show: Callable[[Spec], str] | None = None
    answers: tuple[str, ...] = ()
    asks: Callable[[Spec], bool] = lambda _: True
    only_in_review: bool = False

    def is_answered(self, keys: Collection[str]) -> bool:
        """Return whether any of the keys, as dotted paths, answers this step."""
        return any(
            f"{mine}.".startswith(f"{key}.") or f"{key}.".startswith(f"{mine}.")
            for mine in self.answers
            for key in keys
        )


class Dialogue:
    """Asks a person for a whole Spec, step by step.

    Args:
        context: what the questions know.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.steps = _steps(context)

    @property
    def answers(self) -> tuple[Step, ...]:
        """The steps that answer something of the file, for the review."""
        return tuple(step for step in self.steps if step.show)

    def run(self, spec: Spec, answered: Collection[str] = ()) -> Spec:
        """Ask all that has not been answered.

        Args:
            spec: the answers so far, and what is proposed for the rest.
            answered: keys of devbox.yml whose questions are left out.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        steps = [
            step
            for step in self.steps
            if not step.is_answered(answered) and not step.only_in_review
        ]
        at = 0
        while at < len(steps):
            self._tell_place(spec, steps, at)
            try:
                spec = steps[at].ask(spec)
            except Back:
                # What was chosen in a list of tools is not lost by going back from it.
                spec, self.context.draft = self.context.draft or spec, None
                at = self._step_back(spec, steps, at)
            else:
                at += 1
        return spec

    def change(self, spec: Spec, step: Step) -> Spec:
        """Take one step again, and what follows from it.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        self.context.prompts.place = Place(f"devbox init · {spec.name}", f"review · {step.title}")
        try:
            return self.settle_versions(step.ask(spec))
        except Back:
            self.context.draft = None
            return spec

    def settle_versions(self, spec: Spec) -> Spec:
        """Put the wanted versions in, asking where one cannot be had.

        Raises:
            Back: Esc was pressed at such a question.
        """
        return stack_questions.ask_versions(spec, self.context)

    def _step_back(self, spec: Spec, steps: list[Step], at: int) -> int:
        """Return the step before this that asks: any other would come forward again at once."""
        before = [row for row in range(at) if steps[row].asks(spec)]
        return before[-1] if before else at

    def _tell_place(self, spec: Spec, steps: list[Step], at: int) -> None:
        shown = [step for step in steps if step.asks(spec)]
        number = shown.index(steps[at]) + 1 if steps[at] in shown else 0
        where = f"{number} of {len(shown)} · {steps[at].title}" if number else steps[at].title
        self.context.prompts.place = replace(
            self.context.prompts.place,
            title=f"devbox init · {spec.name}",
            where=where,
            first=at == 0,
        )


def _steps(context: Context) -> tuple[Step, ...]:
    """Return all steps in their order."""
    stack, other = stack_questions, other_questions

    def step(
        title: str,
        ask: Callable[[Spec, Context], Spec],
        show: Callable[[Spec], str] | None,
        *answers: str,
        only_in_review: bool = False,
    ) -> Step:
        return Step(
            title,
            lambda spec: ask(spec, context),
            show,
            answers,
            only_in_review=only_in_review,
        )

    return (
        *_first_steps(context),
        step("Name", other.ask_name, lambda spec: spec.name, "name"),
        _tools_step("production", context),
        _tools_step("development", context),
        step("Base", stack.ask_release, words.describe_base, "base.release"),
        Step(
            "Versions",
            partial(stack.ask_versions, context=context),
            asks=lambda spec: bool(stack.missing_versions(spec, context)),
        ),
        step("Machine", other.ask_machine, words.show_machine, *_SIZE),
        step("Ports", other.ask_ports, words.show_ports, "machine.ports"),
        step(
            "Providers",
            other.ask_providers,
            words.show_providers,
            "providers",
            # Nothing to choose from is no question; the review shows it, and says why.
            only_in_review=len(other.known_providers()) == 1,
        ),
        step("Publish", other.ask_publish, words.show_publish, "publish.to"),
        step(
            "Channel",
            other.ask_channel,
            words.show_channel,
            "publish.channel",
            only_in_review=True,
        ),
        step("Rebuild", other.ask_schedule, words.show_schedule, "schedule"),
    )


def _first_steps(context: Context) -> list[Step]:
    """Return what comes before the questions: what was found, and what is to be decided of it."""
    report = context.proposal.report
    steps = []
    if report.findings or report.libraries or report.skipped:
        steps.append(Step("Found", partial(stack_questions.show_found, context=context)))
    for name, conflict in stack_questions.open_conflicts(context):

        def is_used(spec: Spec, name: str = name) -> bool:
            return any(tool.name == name for tool in (*spec.production, *spec.development))

        def ask(spec: Spec, name: str = name, conflict: Conflict = conflict) -> Spec:
            if is_used(spec, name):
                stack_questions.ask_conflict(name, conflict, context)
            return spec

        steps.append(Step(context.catalog[name].title, ask, asks=is_used))
    return steps


def _tools_step(part: Part, context: Context) -> Step:
    return Step(
        part.capitalize(),
        partial(stack_questions.ask_tools, part=part, context=context),
        lambda spec: words.describe_tools(spec, part, context.catalog),
        (part,),
    )
