"""Derivatives checked against numerical ones: `gradcheck` and `gradcheck_variables`.

`check.py` has the two functions, `report.py` what they return; `vectors.py` turns any function
into one from Rⁿ to Rᵐ, and `comparison.py` compares the derivatives of that.
"""

from autograd_core.gradcheck.check import gradcheck, gradcheck_variables
from autograd_core.gradcheck.report import Failure, GradcheckError, GradcheckReport

__all__ = ["Failure", "GradcheckError", "GradcheckReport", "gradcheck", "gradcheck_variables"]
