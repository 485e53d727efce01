"""The dialogue: questions about a Spec, each of which gives a new Spec."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast, get_args

from devbox.spec.model import Machine, Part, Release, Schedule, Spec
from devbox.wizard import checks, choices, edits, prompts, words
from devbox.wizard.edits import Catalog
from devbox.wizard.option_questions import ask_options
from devbox.wizard.options import check_packages, split_words
from devbox.wizard.picker import Back, Choice
from devbox.wizard.proposal import Proposal

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Step:
    """One place in the dialogue.

    Attributes:
        title: its name in the review.
        answers: the keys of devbox.yml that it answers; when one of them, or what holds it or is
            within it, has been answered already, the step is left out.
        ask: asks, and returns the Spec with the answer in it.
        show: says in words what the present answer is.
    """

    title: str
    answers: tuple[str, ...]
    ask: Callable[[Spec], Spec]
    show: Callable[[Spec], str]

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
        proposal: where the answers that stand in the questions at first are from.
        catalog: the tools that can be chosen.
    """

    def __init__(self, proposal: Proposal, catalog: Catalog) -> None:
        self._proposal = proposal
        self._catalog = catalog
        size = ("machine.cpus", "machine.memory", "machine.disk")
        self.steps = (
            Step("Name", ("name",), self._ask_name, lambda spec: spec.name),
            Step("Base", ("base.release",), self._ask_base, words.describe_base),
            self._tools_step("production"),
            self._tools_step("development"),
            Step("Machine", size, self._ask_machine, words.show_machine),
            Step("Ports", ("machine.ports",), self._ask_ports, words.show_ports),
            Step("Providers", ("providers",), self._ask_providers, words.show_providers),
            Step(
                "Publish",
                ("publish.to", "publish.channel"),
                self._ask_publish,
                words.show_publish,
            ),
            Step("Rebuild", ("schedule",), self._ask_schedule, words.show_schedule),
        )

    def run(self, spec: Spec, answered: Collection[str] = ()) -> Spec:
        """Ask all that has not been answered.

        Args:
            spec: the answers so far, and what is proposed for the rest.
            answered: keys of devbox.yml whose questions are left out.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        steps = [step for step in self.steps if not step.is_answered(answered)]
        at = 0
        while at < len(steps):
            try:
                spec = steps[at].ask(spec)
            except Back:
                at = max(0, at - 1)
                # Going back over a step that had nothing to ask would come forward again at once.
                while at and not self._asks(steps[at]):
                    at -= 1
            else:
                at += 1
        return spec

    def change(self, spec: Spec) -> Spec:
        """Ask which step to take again, and take it.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        steps = {step.title: step for step in self.steps if self._asks(step)}
        rows = [Choice(title, title, step.show(spec)) for title, step in steps.items()]
        try:
            return steps[prompts.ask_choice("What do you want to change?", rows)].ask(spec)
        except Back:
            return spec

    def _asks(self, step: Step) -> bool:
        """Return whether a step has anything to choose from."""
        return step.answers != ("providers",) or len(_known_providers()) > 1

    def _ask_name(self, spec: Spec) -> Spec:
        source = f", {self._proposal.name_source}" if spec.name == self._proposal.name else ""
        name = prompts.ask_text(
            "Name of the box",
            default=spec.name,
            hint=f"owner/box{source}",
            check=checks.check_name,
        )
        return spec.model_copy(update={"name": name})

    def _ask_base(self, spec: Spec) -> Spec:
        rows = choices.release_choices()
        release = prompts.ask_choice("Base release", rows, chosen=spec.base.release)
        base = spec.base.model_copy(update={"release": cast("Release", release)})
        return spec.model_copy(update={"base": base})

    def _tools_step(self, part: Part) -> Step:
        def show(spec: Spec) -> str:
            return words.describe_tools(spec, part, self._catalog)

        return Step(part.capitalize(), (part,), partial(self._ask_tools, part=part), show)

    def _ask_tools(self, spec: Spec, part: Part) -> Spec:
        message = {
            "production": "What does production run?",
            "development": "What do developers need on top of it?",
        }[part]

        def first() -> tuple[str, ...]:
            rows = choices.tool_choices(spec, part, self._catalog)
            return prompts.ask_choices(message, rows, chosen=edits.chosen_tools(spec, part))

        def then(names: tuple[str, ...]) -> Spec:
            # Kept when Esc goes back to the list.
            nonlocal spec
            spec = edits.choose_tools(spec, part, names, self._catalog)
            spec = ask_options(spec, part, self._catalog)
            text = prompts.ask_text(
                f"Other Debian packages for {part}",
                default=" ".join(edits.packages(spec, part, self._catalog)),
                hint="names, or Enter for none",
                check=check_packages,
            )
            return edits.set_packages(spec, part, split_words(text), self._catalog)

        return _in_turn(first, then)

    def _ask_machine(self, spec: Spec) -> Spec:
        rows = choices.machine_choices(spec.machine, self._proposal)

        def first() -> str:
            return prompts.ask_choice(
                "How large is a developer's machine?",
                rows,
                chosen=choices.machine_key(spec.machine),
            )

        def then(chosen: str) -> Spec:
            if chosen == choices.OTHER:
                machine = self._ask_size(spec.machine)
            else:
                cpus, memory, disk = map(int, chosen.split())
                machine = Machine(cpus=cpus, memory=memory, disk=disk)
            machine = machine.model_copy(update={"ports": spec.machine.ports})
            return spec.model_copy(update={"machine": machine})

        return _in_turn(first, then)

    def _ask_size(self, machine: Machine) -> Machine:
        computer = self._proposal.computer
        asked: dict[str, int] = {}
        for name, question, here in (
            ("cpus", "Processors", f"this computer has {computer.cpus}"),
            ("memory", "Memory in MiB", f"this computer has {computer.memory}"),
            ("disk", "Disk in GiB", f"{computer.free_disk} are free here; it grows as it fills"),
        ):
            text = prompts.ask_text(
                question,
                default=str(getattr(machine, name)),
                hint=here,
                check=partial(checks.check_size, name),
            )
            asked[name] = int(text)
        return Machine.model_validate(asked)

    def _ask_ports(self, spec: Spec) -> Spec:
        text = prompts.ask_text(
            "Ports to open on the developer's computer",
            default=edits.render_ports(spec.machine.ports),
            hint="here:machine",
            check=checks.check_ports,
        )
        machine = spec.machine.model_copy(update={"ports": edits.parse_ports(text)})
        return spec.model_copy(update={"machine": machine})

    def _ask_providers(self, spec: Spec) -> Spec:
        known = _known_providers()
        if len(known) == 1:
            # Nothing to choose from is no question; the review shows it.
            return spec
        rows = [Choice(name, name) for name in known]
        chosen = prompts.ask_choices("Providers to make boxes for", rows, chosen=spec.providers)
        return spec.model_copy(update={"providers": chosen or spec.providers})

    def _ask_publish(self, spec: Spec) -> Spec:
        def first() -> str:
            return prompts.ask_text(
                "Where to publish the box",
                default=spec.publish.to,
                hint="a folder that the team can read",
                check=checks.check_folder,
            )

        def then(to: str) -> Spec:
            channel = prompts.ask_text(
                "Channel to publish to",
                default=spec.publish.channel,
                hint="machines follow a channel",
                check=checks.check_channel,
            )
            publish = spec.publish.model_copy(update={"to": to, "channel": channel})
            return spec.model_copy(update={"publish": publish})

        return _in_turn(first, then)

    def _ask_schedule(self, spec: Spec) -> Spec:
        now = spec.schedule

        def first() -> str:
            return prompts.ask_choice(
                "When is the box rebuilt, if anything has changed?",
                choices.schedule_choices(),
                chosen=now.every if now else choices.NEVER,
            )

        def then(every: str) -> Spec:
            if every == choices.NEVER:
                return spec.model_copy(update={"schedule": None})
            day = None
            if every == "week":
                rows = choices.day_choices()
                day = prompts.ask_choice("On which day?", rows, chosen=now.on if now else None)
            at = prompts.ask_text(
                "At what time?",
                default=now.at if now else "03:00",
                hint="HH:MM, 24 hours",
                check=checks.check_time,
            )
            schedule = Schedule.model_validate({"every": every, "on": day, "at": at})
            return spec.model_copy(update={"schedule": schedule})

        return _in_turn(first, then)


def _in_turn(first: Callable[[], _Answer], then: Callable[[_Answer], Spec]) -> Spec:
    """Ask a step's first question, then the rest; Esc in the rest asks the first again."""
    while True:
        answer = first()
        try:
            return then(answer)
        except Back:
            continue


def _known_providers() -> tuple[str, ...]:
    annotation = Spec.model_fields["providers"].annotation
    return get_args(get_args(annotation)[0])
