"""Work in blocks on several threads: the order of results, and errors."""

import pytest

from eddysky.simulator.transport.blocks import mapped


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_mapped_keeps_the_order(threads):
    assert list(mapped(lambda x: x * x, list(range(50)), threads)) == [x * x for x in range(50)]


def test_mapped_passes_errors_on():
    def broken(x):
        if x == 7:
            raise ZeroDivisionError
        return x

    with pytest.raises(ZeroDivisionError):
        list(mapped(broken, list(range(20)), 2))
