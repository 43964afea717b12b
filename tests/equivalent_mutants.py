"""Mutants that compute the same as the rule they are made from, with the reason.

A key is what `Mutant.key` in `mutants.py` says. A rule that changes leaves keys behind that stand
for nothing; they do no harm and can go.
"""

REASONS: dict[str, list[str]] = {
    "a shortcut: the general way beside it gives the same": [
        "elementwise._power_exponent: int | float -> int",
        "elementwise._power_exponent: a >= 0 -> a >= 1",
        "activations.in_blocks: getattr(x, 'dtype', None) is not None -> "
        "getattr(x, 'dtype', None) is None",
        "activations.in_blocks: type(x) -> x",
        "activations.in_blocks: x.size <= BLOCK -> BLOCK <= x.size",
        "activations.in_blocks: x.dtype.kind != 'f' -> x.dtype.kind == 'f'",
        "reductions.masked: g if where is True else np.where(where, g, 0) -> "
        "g if where is False else np.where(where, g, 0)",
        "reductions._cofactors: x if where is True else np.where(where, x, 1) -> "
        "x if where is False else np.where(where, x, 1)",
        "activations.in_blocks: any(map(np.ndim, (*options, *named.values()))) -> "
        "map(np.ndim, (*options, *named.values()))",
        "products._right: len(in_shape) -> in_shape #3",
        "decompositions.matters: bool(np.any(g)) -> np.any(g)",
        "reductions.winners: where is not True -> where is not False",
        "indexing.unbroadcast: len(in_shape) - len(part.shape) -> len(in_shape) + len(part.shape)",
        "indexing.unbroadcast: len(in_shape) - len(part.shape) -> len(in_shape)",
    ],
    "the changed number only fills places that are not used": [
        "elementwise._power_base: np.where((a == 0) & (b == 0), 1, b - 1) -> "
        "np.where((a == 0) & (b == 0), 2, b - 1)",
        "elementwise.share: np.where(y == -np.inf, 0, y) -> np.where(y == -np.inf, 1, y)",
        "elementwise._unit: np.where(y == 0, 1, y) -> np.where(y == 1, 1, y)",
        "elementwise._unit: np.where(y == 0, 1, y) -> np.where(y == 0, 2, y)",
        "special._over: np.where(undefined, 1, b) -> np.where(undefined, 2, b)",
        "decompositions.reciprocals: np.where(vanishing, 1, x) -> np.where(vanishing, 2, x)",
        "norms._ratio: np.where(y == 0, 1, y) -> np.where(y == 1, 1, y)",
        "norms._ratio: np.where(y == 0, 1, y) -> np.where(y == 0, 2, y)",
        "norms._slope: np.where(zero, 1, ratio) -> np.where(zero, 2, ratio)",
        "accumulations._old_and_new: delayed(y, -np.inf) -> delayed(y, np.inf)",
        "special._past_tangent: np.minimum(x, -50) -> np.minimum(x, 50)",
        "inverses._slogdet_vjp: np.where(weight == 0, 0, _inverse_or_inf(a, y[0])) -> "
        "np.where(weight == 0, 1, _inverse_or_inf(a, y[0]))",
    ],
    "beyond either limit the function is constant to the last bit": [
        "activations._gelu_slope: np.clip(x, -40, 40) -> np.clip(x, -40, 41)",
        "activations._silu_slope: np.clip(x, -1000, 1000) -> np.clip(x, -1000, 1001)",
        "activations._mish_slope: np.clip(x, -1000, 50) -> np.clip(x, -1000, 51)",
        "special._past_tangent: np.minimum(x, 40) -> np.minimum(x, 41)",
        "bessel._i2: np.minimum(np.abs(x), 10000.0) -> np.minimum(np.abs(x), 20000.0)",
    ],
    "two formulas meet there, and both are exact around it; or below rounding": [
        "special._tail: s / 132 -> s / 133",
        "special._digamma_step: (b > 20) & (total > 20) -> (b > 20) & (total > 21)",
        "bessel._i2e: np.maximum(x, 30) -> np.maximum(x, 31)",
        "bessel._i2e: np.minimum(x, 30) -> np.minimum(x, 31)",
        "bessel._i2e: np.where(x > 30, recurrence, sp.ive(2, np.minimum(x, 30))) -> "
        "np.where(x > 31, recurrence, sp.ive(2, np.minimum(x, 30)))",
    ],
    "the expression is symmetric in the two": [
        "activations.softplus: x and beta -> exchanged",
        "elementwise.clip: low and y -> exchanged",
        "special.erfcx: x and y -> exchanged",
        "normalization.inner_over/standardize: g and a -> exchanged",
        "normalization.inner_over/standardize: g and b -> exchanged",
        "decompositions.refuse_rotations: m - mH(m) -> mH(m) - m",
        "decompositions.refuse_rotations: v and g -> exchanged",
        "decompositions._qr_complete_vjp: refuse_rotations(added, to_added) -> "
        "refuse_rotations(to_added, added)",
        "decompositions._svd_vjp: refuse_rotations(u[..., k:], to_u[..., k:]) -> "
        "refuse_rotations(to_u[..., k:], u[..., k:])",
        "decompositions._svd_vjp: refuse_rotations(mT(vh[..., k:, :]), mT(to_vh[..., k:, :])) -> "
        "refuse_rotations(mT(to_vh[..., k:, :]), mT(vh[..., k:, :]))",
        "decompositions._svd_vjp: refuse_phases(mu + mv, to_u1, to_v1) -> "
        "refuse_phases(mu + mv, to_v1, to_u1)",
    ],
    "a factor cancels, or the function is even": [
        "elementwise.at_infinity: np.where(np.isinf(x), np.sign(x), 0) -> "
        "np.where(np.isinf(x), np.sign(x), 0) * 1.1",
        "bessel.kv: a - 1 -> 1 - a",
        "bessel.kve: a - 1 -> 1 - a",
        "bessel._i2: np.abs(x) -> x",
    ],
    "a tolerance, of which the order of magnitude matters": [
        "decompositions.turned: 1000.0 * np.finfo(sizes[0].dtype).eps -> "
        "2000.0 * np.finfo(sizes[0].dtype).eps",
        "decompositions._eig_parts: np.any(condition * np.finfo(values.dtype).eps > 0.01) -> "
        "np.any(condition * np.finfo(values.dtype).eps > 0.02)",
    ],
    "the component chosen there is real": [
        "decompositions._eig_vjp: np.real(v) -> v",
        "decompositions._eig_jvp: np.real(v) -> v",
    ],
    "the engine projects the tangent of a real result itself": [
        "inverses._slogdet_jvp: np.real(rate) -> rate",
        "decompositions._eigh_jvp: np.real(np.linalg.diagonal(p)) -> np.linalg.diagonal(p)",
        "decompositions._svd_jvp: np.real(np.linalg.diagonal(p)) -> np.linalg.diagonal(p)",
        "norms.euclidean: np.real(np.sum(_towards(x, y, axis) * t, axis=axis, keepdims=True)) -> "
        "np.sum(_towards(x, y, axis) * t, axis=axis, keepdims=True)",
    ],
    "only the truth or the shape of the value matters": [
        "decompositions.quotients: same & ~np.eye(w.shape[-1], dtype=bool) -> "
        "(same & ~np.eye(w.shape[-1], dtype=bool)) * -1",
        "decompositions.turned: repeated & (sizes[0] > limit) -> "
        "(repeated & (sizes[0] > limit)) * -1",
        *(
            f"decompositions.matters: {text} -> ({text}) * {factor}"
            for text in ("is_differentiated(g) or bool(np.any(g))",)
            for factor in (1.1, -1)
        ),
        "decompositions._svd_parts: repeated -> repeated * -1",
        "decompositions._eig_parts: top -> top * 1.1",
        "decompositions._eig_parts: top -> top * -1",
        "decompositions._eig_parts: v -> v * 1.1",
        "decompositions._eig_parts: v -> v * -1",
        "decompositions._eig_parts: v -> v * 1.1 #2",
        "decompositions._eig_parts: v -> v * -1 #2",
        "normalization._still: y[1] -> y[2]",
    ],
}

EQUIVALENT = {key for keys in REASONS.values() for key in keys}
