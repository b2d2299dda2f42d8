"""Computes the folds of an experiment in parallel processes; each finished fold is a file, so a stopped run goes on."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import torch

from models.checkout import commit
from models.errors import DatasetError
from models.experiments.catalogue import experiment
from models.experiments.experiment import Fold, FoldResult

OnFold = Callable[[FoldResult], None]
FILES: Final = ("*.npz", "*/*.npz", "**/*.mat")
"""Where recordings are looked for, in this order."""


def run_folds(name: str, data: Path, out: Path, jobs: int, folds: Sequence[Fold], on_fold: OnFold) -> list[FoldResult]:
    """The results of all folds, in their order; those whose file is in ``out`` are read, not computed again.

    Raises:
        DatasetError: the data set is missing or damaged.
    """
    identity = fingerprint(data)
    places = [out / "folds" / f"{fold.key(name, identity)}.json" for fold in folds]
    results = {place: result for place in places if (result := _read(place)) is not None}
    for result in results.values():
        on_fold(result)
    todo = [(fold, place) for fold, place in zip(folds, places, strict=True) if place not in results]
    for place, result in _compute_all(name, data, jobs, todo):
        results[place] = result
        on_fold(result)
    return [results[place] for place in places]


def fingerprint(data: Path, *patterns: str) -> str:
    """SHA-256 over the files of a data set: scores of other recordings are not these.

    They are those of the first pattern that finds any, of ``FILES`` where none is given.
    """
    files = next((found for pattern in patterns or FILES if (found := sorted(data.glob(pattern)))), [])
    if not files:
        raise DatasetError(f"no recordings ({', '.join(patterns or FILES)}) in {data}: give the folder of the data set")
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(data).as_posix().encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _compute_all(
    name: str, data: Path, jobs: int, todo: Sequence[tuple[Fold, Path]]
) -> Iterator[tuple[Path, FoldResult]]:
    with ProcessPoolExecutor(jobs, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        futures = {pool.submit(compute, name, fold, data, place): place for fold, place in todo}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:  # after an error or Ctrl-C the folds that wait are not begun
            pool.shutdown(wait=False, cancel_futures=True)


def compute(name: str, fold: Fold, data: Path, place: Path) -> FoldResult:
    """Compute one fold and write its file, whole or not at all."""
    start = time.perf_counter()
    outcome = experiment(name).compute(fold, data, place.with_suffix(".work"))
    result = FoldResult(fold, outcome.scores, time.perf_counter() - start, commit(), outcome.notes)
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part")
    part.write_text(result.to_json())
    os.replace(part, place)
    shutil.rmtree(place.with_suffix(".work"), ignore_errors=True)  # checkpoints; some are of many megabytes
    return result


def _read(place: Path) -> FoldResult | None:
    try:
        return FoldResult.from_json(place.read_text())
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{place} is damaged: remove it, and its fold is computed again") from error
