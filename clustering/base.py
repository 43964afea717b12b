"""What all estimators share: scikit-learn's interface, without scikit-learn.

An estimator is a dataclass: its fields are its parameters, `fit` sets attributes that end in an
underscore and returns the estimator.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self
from warnings import warn

import numpy as np

from clustering.errors import DataError, ParameterError, not_fitted
from clustering.validation import as_data


@dataclass(repr=False, eq=False)
class Estimator:
    """Base class of estimators."""

    kind: ClassVar[str] = "clusterer"
    """What scikit-learn calls this kind of estimator."""

    # -- parameters ------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def set_params(self, **parameters: Any) -> Self:
        """Change parameters.

        Raises:
            ParameterError: there is none of this name.
        """
        names = [field.name for field in fields(self)]
        for name, value in parameters.items():
            if name not in names:
                raise ParameterError(
                    f"Invalid parameter {name!r} for {type(self).__name__}; there are "
                    f"{', '.join(names)}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if repr(getattr(self, field.name)) != repr(field.default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    # -- fitting ---------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from X (samples, features). `y` is ignored; it is there for pipelines."""
        raise NotImplementedError

    def fit_predict(self, X: Any, y: Any = None, **options: Any) -> np.ndarray:
        """`fit`, then the label of each sample."""
        return self.fit(X, **options).labels_  # type: ignore[attr-defined]

    def _data(self, X: Any, *, fitting: bool = False, minimum: int = 1) -> np.ndarray:
        """X as a checked array: in `fit` its width is noted, afterwards it must be the same."""
        name = type(self).__name__
        columns = column_names(X)
        if not fitting:
            self._check_fitted()
            self._check_columns(columns)
        X = as_data(X, name, minimum=minimum)
        if fitting:
            self.n_features_in_ = X.shape[1]
            if columns is not None:
                self.feature_names_in_ = columns
            elif hasattr(self, "feature_names_in_"):
                del self.feature_names_in_
        elif X.shape[1] != self.n_features_in_:
            raise DataError(
                f"X has {X.shape[1]} features, but {name} is expecting {self.n_features_in_} "
                "features as input"
            )
        return X

    def _check_fitted(self) -> None:
        if not hasattr(self, "n_features_in_"):
            raise not_fitted(type(self).__name__)

    def _check_columns(self, columns: np.ndarray | None) -> None:
        """Columns of a data frame must be those seen in `fit`, in the same order."""
        known = getattr(self, "feature_names_in_", None)
        name = type(self).__name__
        if columns is None and known is not None:
            warn(
                f"X does not have valid feature names, but {name} was fitted with feature names",
                stacklevel=4,
            )
        elif columns is not None and known is None:
            warn(f"X has feature names, but {name} was fitted without feature names", stacklevel=4)
        if columns is None or known is None or np.array_equal(columns, known):
            return
        message = "The feature names should match those that were passed during fit.\n"
        for text, names in (
            ("unseen at fit time", set(columns) - set(known)),
            ("seen at fit time, yet now missing", set(known) - set(columns)),
        ):
            if names:
                message += f"Feature names {text}:\n"
                message += "".join(f"- {name}\n" for name in sorted(names))
        if set(columns) == set(known):
            message += "Feature names must be in the same order as they were in fit.\n"
        raise DataError(message)

    # -- scikit-learn ----------------------------------------------------------------------------

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=self.kind,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags() if hasattr(self, "transform") else None,
            input_tags=InputTags(),
        )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_in_")


def column_names(X: Any) -> np.ndarray | None:
    """The names of a data frame's columns if they are all strings."""
    columns = getattr(X, "columns", None)
    if columns is None or not all(isinstance(name, str) for name in columns):
        return None
    return np.asarray(columns, dtype=object)
