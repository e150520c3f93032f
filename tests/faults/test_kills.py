"""SIGKILL at random moments, again and again: the bits of a run that nothing happened to, and nothing made twice."""

from __future__ import annotations

import random
import subprocess

import pytest

pytestmark = pytest.mark.faults

RUN = ("run", "sky.py", "--quiet")


def kill_until_complete(world, arguments, output, moments, kills):
    """Run again and again, killing at random moments, at most so many times.

    Returns the number of kills and of the realisations that these cost: begun or finished, and in no part.
    """
    killed = lost = 0
    while True:
        saved, before = world.saved(output), len(world.noted())
        process = world.start(*arguments, "-o", output)
        try:
            _, err = process.communicate(timeout=moments() if killed < kills else 300)
            assert process.returncode == 0, err
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed += 1
        begun = set(world.numbers("begun", before))
        assert not begun & saved, "what was finished is made again"
        lost += len(begun - world.saved(output))
        if process.returncode == 0:
            return killed, lost


# Four times 50: on several cores at once.
@pytest.mark.parametrize("seed", range(4))
def test_runs(new_world, unkilled, same_bits, record_property, seed):
    moments = random.Random(seed)
    killed = lost = runs = finished = 0
    while killed < 50:
        world = new_world()
        more, cost = kill_until_complete(
            world, RUN, "out.h5", lambda: moments.uniform(0.0, unkilled[1]), 50 - killed
        )
        runs, killed, lost = runs + 1, killed + more, lost + cost
        same_bits(world.folder / "out.h5")
        finished += len(world.numbers("finished"))
    wanted = runs * world.realizations
    assert wanted <= finished <= wanted + lost
    record_property(
        "kills",
        f"{killed}, {runs} runs complete, {finished} realisations made for {wanted}, {lost} in flight",
    )


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_slices(world, unkilled, same_bits, record_property, order):
    moments = random.Random(sum(3**i * n for i, n in enumerate(order)))
    killed = lost = 0
    for number in order:
        more, cost = kill_until_complete(
            world,
            (*RUN, "--slice", f"{number}/3"),
            f"out-{number}.h5",
            lambda: moments.uniform(0.0, unkilled[1]),
            5,
        )
        killed, lost = killed + more, lost + cost
    world.finish("merge", *(f"out-{number}.h5" for number in order), "-o", "merged.h5")
    same_bits(world.folder / "merged.h5")
    finished = len(world.numbers("finished"))
    assert world.realizations <= finished <= world.realizations + lost
    record_property(
        "kills",
        f"{killed}, {finished} realisations made for {world.realizations}, {lost} in flight",
    )
