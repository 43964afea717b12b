"""The tests can fail: some of the broken rules that `python tests/mutation.py` goes through."""

import multiprocessing

import mutation
import pytest


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
def test_the_generated_tests_notice_broken_rules():
    """At least 4 of 5; the hand-written tests, which do not run here, notice most others."""
    mutation.users()  # before anything is broken
    sample = mutation.chosen([], 40, seed=0)
    unnoticed = [str(m) for m in sample if not mutation.in_a_copy(mutation.failing_sample, m)]
    assert len(sample) == 40 and len(unnoticed) <= 8, "\n".join(unnoticed)


@pytest.mark.slow
def test_an_unbroken_rule_is_not_taken_for_broken():
    mutant = mutation.chosen(["sinc"], 1, seed=0)[0]
    (function,) = mutant.functions
    same = mutation.Mutant({function}, function.__code__, mutant.operations, 0, "")
    assert mutation.failing_sample(same) == ""
