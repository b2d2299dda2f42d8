"""``palmaris store``: is everything there that was stored, one archive of it, and the way back."""

from pathlib import Path

from rich.console import Console

from calibration.errors import StoreDamaged
from calibration.store import Store
from calibration.store.backup import backup, restore
from calibration.store.check import Findings, check


def check_store(data_dir: Path, url: str | None) -> None:
    """Print what was found. Raises ``StoreDamaged`` where something is not as it was stored."""
    with Store.open(data_dir, url) as store:
        _report(check(store))


def back_up(data_dir: Path, url: str | None, file: Path) -> None:
    """Archive everything, then check it: an archive of a damaged store is better than none, and is said to be so."""
    with Store.open(data_dir, url) as store:
        backup(store, file)
        Console().print(f"{file}: everything as it is stored now")
        _report(check(store))


def restore_store(data_dir: Path, url: str | None, file: Path) -> None:
    """Fill an empty data directory from an archive, then check it."""
    with Store.open(data_dir, url) as store:
        restore(store, file)
        _report(check(store))


def _report(findings: Findings) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for orphan in findings.orphans:
        console.print(f"{orphan} belongs to nothing: storing it was interrupted; it may be removed", markup=False)
    for line in findings.damage:
        console.print(line, style="red", markup=False)
    console.print(f"{findings.users} users, {findings.trials} trials, {findings.heads} heads")
    if findings.damage:
        raise StoreDamaged(f"{len(findings.damage)} things are not as they were stored: see the lines above")
