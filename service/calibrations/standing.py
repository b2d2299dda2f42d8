"""How calibrations stand, as clients see it."""

from dataclasses import dataclass

from calibration.causes import Cause
from calibration.plan import Plan
from calibration.prompts import Prompt
from calibration.protocol import Progress, read_progress
from calibration.store.records import OVER, Calibration, CalibrationState
from calibration.store.store import Store
from service.calibrations.messages import CalibrationInfo, Paused, PlanInfo, PromptFrame, ReportReady
from service.calibrations.refit import candidate_of, plan_of, used_for


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one that is attended to, of one moment, for threads that look on."""

    state: CalibrationState
    prompt: Prompt
    progress: Progress
    paused_by: Cause | None
    report: ReportReady | None

    def describe(self, calibration: Calibration, *, stream: str, attached: bool, trying: bool) -> CalibrationInfo:
        """As clients see it."""
        return CalibrationInfo(
            calibration=calibration.id,
            user=calibration.user_id,
            stream=stream,
            model=calibration.model,
            state=self.state,
            attached=attached,
            plan=PlanInfo.of(plan_of(calibration)),
            prompt=PromptFrame.of(self.prompt),
            kept=len(self.progress.kept),
            skipped=len(self.progress.skipped),
            ahead=len(self.progress.ahead),
            paused=Paused.of(self.paused_by) if self.paused_by else None,
            report=self.report,
            trying=trying,
            created=calibration.created,
        )


def describe_detached(store: Store, calibration: Calibration) -> CalibrationInfo:
    """Of one that is over or was interrupted, from the store alone: what was fitted already is told, too."""
    plan, position = plan_of(calibration), calibration.position
    return CalibrationInfo(
        calibration=calibration.id,
        user=calibration.user_id,
        stream=calibration.plan["stream"],
        model=calibration.model,
        state=calibration.state,
        attached=False,
        plan=PlanInfo.of(plan),
        prompt=None,
        kept=len(position.get("kept", ())),
        skipped=len(position.get("skipped", ())),
        ahead=len(position.get("ahead", plan.trials)),
        paused=None,
        report=None if calibration.state in OVER else _report(store, calibration, plan),
        trying=False,
        created=calibration.created,
    )


def _report(store: Store, calibration: Calibration, plan: Plan) -> ReportReady | None:
    """Of the head that ``resume`` leads back to."""
    progress = read_progress(plan, calibration.position) if calibration.position else Progress(ahead=plan.trials)
    if progress.ahead:
        return None
    head = candidate_of(store, calibration, used_for(store, calibration, progress.kept))
    return None if head is None else ReportReady.of(head)
