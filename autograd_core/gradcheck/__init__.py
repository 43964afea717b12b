"""Derivatives checked against numerical ones: `gradcheck` and `gradcheck_variables`.

`check.py` has the two functions, `report.py` what they return, `vectors.py` lays any function
out as one from Rⁿ to Rᵐ, `comparison.py` compares its derivatives.
"""

from autograd_core.gradcheck.check import gradcheck, gradcheck_variables
from autograd_core.gradcheck.report import Failure, GradcheckError, GradcheckReport

__all__ = ["Failure", "GradcheckError", "GradcheckReport", "gradcheck", "gradcheck_variables"]
